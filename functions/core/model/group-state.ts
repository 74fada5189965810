/**
 * True if a group in this state has no members. Only then does the broker accept commits from outside the group. Kafka:
 * Group.validateOffsetCommit.
 */
export const hasNoMembers = ({ state }: { state: string }): boolean => state === 'Empty' || state === 'Dead'

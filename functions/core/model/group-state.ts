/** Whether a group in this state has no member. Only then does the broker take offsets from somebody who is no member. Kafka: Group.validateOffsetCommit. */
export const hasNoMembers = ({ state }: { state: string }): boolean => state === 'Empty' || state === 'Dead'

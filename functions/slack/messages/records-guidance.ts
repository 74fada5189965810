import type { PartitionAtRisk, RecordsNotice } from '../../core/alerts/notice.ts'
import { DAY, LATEST_TIME } from '../../core/time.ts'
import { commandLine } from '../../text/shell.ts'
import { isPasteable } from './command.ts'
import { type Links, more } from './links.ts'
import { code, duration, pasted } from './text.ts'

/** Kafka's longest topic name has 249 characters; other servers may have more. */
const LONGEST_TOPIC = 300

/**
 * The command that gives the group more time, the previous value, the command that restores that value, and the tools
 * that may undo the change.
 */
export function raiseRetention(
  { commit: { topic }, unread: { retention, retentionSetBy } }: PartitionAtRisk,
  { partitions }: Pick<RecordsNotice, 'partitions'>,
): string {
  if (retention === null) return 'Raise `retention.ms` of the topic.'
  const others = new Set(partitions.map(({ commit }) => commit.topic)).size - 1
  const ofOthers =
    others > 0 ? ` Do the same for ${others === 1 ? 'the other topic' : `${others} other topics`}.` : ''
  const longer = longerRetention(retention)
  const set = (ms: number) => alterTopic(topic, '--add-config', `retention.ms=${ms}`)
  const raise = set(longer)
  const isBrokers = retentionSetBy === 'broker'
  const back = isBrokers ? alterTopic(topic, '--delete-config', 'retention.ms') : set(retention)
  const kept = `Keep the records longer. ${code(topic, 60)} has \`retention.ms=${retention}\` (${duration(retention)})${isBrokers ? ' from its brokers' : ''}. Raise it to ${duration(longer)}, which takes more disk space.${ofOthers}`
  const undone =
    'If Strimzi’s `KafkaTopic` or Terraform manages the topic, change the value there, too. Otherwise the next run of that tool undoes the command.'
  if (raise === null || back === null) return `${kept}\n${undone}`
  // A snapshot of an earlier version does not say who set the value.
  const unless =
    retentionSetBy === 'topic' || isBrokers
      ? ''
      : ' (if `--describe` shows the value only as `DEFAULT_CONFIG`, use `--delete-config retention.ms` instead of `--add-config …`)'
  return `${kept}\n${pasted(raise)}\nTo go back, once the group has caught up${unless}:\n${pasted(back)}\n${undone}`
}

/** Twice the retention, but at least a day more. */
const longerRetention = (retention: number): number =>
  Math.min(retention + Math.max(retention, DAY), LATEST_TIME)

/** Null if the topic's name cannot be pasted safely. */
function alterTopic(topic: string, ...change: string[]): string | null {
  if (!isPasteable(topic, LONGEST_TOPIC)) return null
  const words = ['--alter', '--entity-type', 'topics', '--entity-name', topic, ...change]
  return `kafka-configs --bootstrap-server "$KAFKA_BROKERS" ${commandLine(words)}`
}

/** How to make the group read the records, by the cause that keeps it from reading. */
export function recordsGuidance({ cause }: RecordsNotice, links: Links): string {
  switch (cause) {
    case 'stands-still':
      return `The group is in use, but its offset does not move. Look at the consumer’s log: the consumer may fail at one record again and again, wait for a service, or be paused. A consumer with \`read_committed\` also waits for an open transaction. ${more('a-group-that-stands-still', 'How to find out, with code for each client', links)}`
    case 'too-slow':
      return `The group reads more slowly than new records arrive. Add consumers, up to one for each partition, or make each consumer faster. ${more('a-group-that-is-too-slow', 'How to do this, with code for each client', links)}`
    case 'stopped':
      return `The group has stopped since this message was posted. Start it, or add it to \`ignore\` in the settings, with the reason. ${more('unread-records', 'Other options', links)}`
  }
}

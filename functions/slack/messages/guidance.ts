import type { ExpiringNotice } from '../../core/alerts/notice.ts'
import { isUnsubscribed } from '../../core/model/commit.ts'
import { type Links, more, type Section } from './links.ts'

/** The action before the deadline, by cause, with a link to the details. */
export const guidance = (notice: ExpiringNotice, links: Links): string =>
  `${advice(notice)} ${more(sectionOf(notice), linkTexts[notice.cause], links)}`

const linkTexts = {
  simple: 'Details, with code for each client',
  'assign-while-empty': 'How to do this, with code for each client',
  'beyond-log-end': 'How to commit an offset',
  stopped: 'Other options, with code for each client',
} as const

function sectionOf({ cause, commits }: ExpiringNotice): Section {
  switch (cause) {
    case 'simple':
      return 'simple-group-on-a-quiet-topic'
    case 'assign-while-empty':
      return 'classic-group-that-now-uses-assign'
    case 'beyond-log-end':
      return 'offset-beyond-the-end-of-the-log'
    case 'stopped':
      return countsFromCommit(commits[0]) ? 'kip-848-or-streams-group' : 'stopped-group'
  }
}

/**
 * True for groups of the consumer and streams protocols: after the last member has left, Kafka counts from the last
 * commit. The offsets of a classic group stay for a whole retention after the group became Empty.
 */
const countsFromCommit = (worst: ExpiringNotice['commits'][number] | undefined): boolean =>
  worst?.commit.kind === 'consumer' || worst?.commit.kind === 'streams'

function advice({ cause, harmless, commits }: ExpiringNotice): string {
  const lead = harmless
    ? 'Nothing is urgent, and this incident does not escalate while the log is empty. '
    : ''

  // Without the log, the watchdog sees a commit of the same offset only when the offset outlives the deadline.
  const acknowledge =
    commits[0]?.commit.evidence === 'exact'
      ? ''
      : ' The watchdog cannot see such a commit before the deadline, so acknowledge this incident once the consumer does this.'

  switch (cause) {
    case 'simple':
      return [
        commits.every(({ commit }) => commit.offset === commit.logEnd)
          ? `${lead}The consumer has read everything, so it may be running with nothing to commit.`
          : `${lead}The consumer may have unread records. Or everything after its offset is transaction markers and aborted records. Check that the consumer is running, and start it if it is not. A running consumer may have nothing to commit.`,
        `Let the consumer commit its position on a timer, for example once an hour. It is enough to commit the same offset again.${acknowledge}`,
        'If nobody needs the offsets, add the group to `ignore` in the settings, with the reason.',
      ].join(' ')

    case 'assign-while-empty':
      return [
        'Commits do not help: somebody once used this group id with `subscribe()`, so Kafka counts from the moment its last member left. Something still commits: a consumer with `assign()`, or a tool that copies offsets, such as MirrorMaker 2.',
        'Give a consumer with `assign()` a new group id, and start it from the offsets above.',
        'If there is no time, leave the consumer running through the deadline. It has its position in memory, and Kafka keeps its first commit after the deadline. A restart before that commit resets the consumer.',
        'A tool that copies offsets brings them back with its first commit after the deadline.',
      ].join('\n')

    case 'beyond-log-end':
      return 'The next start resets the consumer, as if the offset had expired. In most cases the topic was recreated, or lost records with a broker. Decide where the consumer has to continue, and commit that offset before anybody starts the consumer.'

    case 'stopped':
      return commits[0] && isUnsubscribed(commits[0].commit.rule)
        ? 'Nothing, if the consumer left this topic on purpose. Otherwise let it subscribe again before the deadline.'
        : countsFromCommit(commits[0])
          ? 'Start the consumer before the deadline, and let it commit. Members protect the offsets only until they leave; after that, only a new commit counts. Or add the group to `ignore` in the settings, with the reason.'
          : 'Start the consumer before the deadline, or add the group to `ignore` in the settings, with the reason.'
  }
}

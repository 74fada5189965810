import type { ExpiringNotice } from '../../core/alerts/notice.ts'
import { type Links, more, type Section } from './links.ts'

/** The action before the deadline, by cause, with a link to the details. */
export const guidance = (notice: ExpiringNotice, links: Links): string =>
  `${advice(notice)} ${more(sectionOf(notice), linkTexts[notice.cause], links)}`

const linkTexts = {
  simple: 'More, with code for each client',
  'assign-while-empty': 'How, with code for each client',
  'beyond-log-end': 'How to put it there',
  stopped: 'What else there is, with code for each client',
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
      return hasNoGrace(commits[0]) ? 'kip-848-or-streams-group' : 'stopped-group'
  }
}

const hasNoGrace = (worst: ExpiringNotice['commits'][number] | undefined): boolean =>
  worst?.commit.kind === 'consumer' || worst?.commit.kind === 'streams'

function advice({ cause, harmless, commits }: ExpiringNotice): string {
  const lead = harmless ? 'Nothing is urgent, and this message will not escalate while it stays so. ' : ''

  // Without the log, the watchdog sees a commit of the same offset only when the offset outlives the deadline.
  const acknowledge =
    commits[0]?.commit.evidence === 'exact'
      ? ''
      : ' Nothing shows that before the deadline, so acknowledge this incident when it is done.'

  switch (cause) {
    case 'simple':
      return [
        commits.every(({ commit }) => commit.offset === commit.logEnd)
          ? `${lead}The consumer has read everything, so it may run well and have nothing to commit.`
          : `${lead}There may be records it has not read; markers and aborted records of transactions look the same. See whether the consumer still runs, and start it if not. If it runs, it may have nothing to commit.`,
        `Let it commit its position on a timer, say once an hour: the same offset again is enough.${acknowledge}`,
        'If nobody needs the offsets, add the group to `ignore` in the settings, with the reason.',
      ].join(' ')

    case 'assign-while-empty':
      return [
        'Committing does not help: somebody once used this group id with `subscribe()`, so Kafka counts from the moment its last member left, although something still commits: a consumer with `assign()`, or a tool that copies offsets, such as MirrorMaker 2.',
        'Give such a consumer a group id of its own, starting from the offsets above.',
        'If there is no time, leave it running through the deadline: it keeps its position in memory, and its first commit after the deadline is kept. A restart in between resets it.',
        'A tool brings the offsets back with its first commit after the deadline.',
      ].join('\n')

    case 'beyond-log-end':
      return 'The next start of the consumer resets it as if the offset had expired. Mostly the topic was recreated or lost records with a broker. Before anybody restarts it, decide where it shall go on, and commit that offset.'

    case 'stopped':
      return commits[0]?.commit.rule.endsWith('-unsubscribed')
        ? 'If the consumer left this topic on purpose, nothing. Otherwise let it subscribe again before the deadline.'
        : hasNoGrace(commits[0])
          ? 'Start the consumer before the deadline and let it commit: members keep its offsets, but once they leave again only a new commit does. Or add the group to `ignore` in the settings, with the reason.'
          : 'Start the consumer before the deadline, or add the group to `ignore` in the settings, with the reason.'
  }
}

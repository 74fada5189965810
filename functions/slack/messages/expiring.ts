import type { Incident } from '../../core/alerts/alert-state.ts'
import type { ExpiringNotice } from '../../core/alerts/notice.ts'
import type { Commit } from '../../core/model/commit.ts'
import { timeLeft } from '../../core/policy.ts'
import { count, grouped } from '../../text/count.ts'
import { nameFamily } from '../../text/name-family.ts'
import { describeEvidence, describeRetention, describeRule } from './evidence.ts'
import { footer, staleness } from './footer.ts'
import { guidance } from './guidance.ts'
import { describeImpact } from './impact.ts'
import type { Colour, Draft } from './layout.ts'
import type { Links } from './links.ts'
import { ownerLine } from './owner.ts'
import { closedHeadline, subjectOf } from './resolution.ts'
import { code, date, duration, partitionsAtRisk } from './text.ts'

export function draftExpiring(notice: ExpiringNotice, links: Links): Draft {
  const { cluster, incident, resolved, commits, retention, slot } = notice
  const worst = commits[0]?.commit
  return {
    colour: colourOf(notice),
    headline: headline(notice),
    sections: [
      ownerLine(notice),
      partitionsAtRisk(
        commits.map(({ commit }) => row(commit)),
        resolved,
      ),
      alikeGroups(notice),
      resolved ? '' : `*What to do:* ${guidance(notice, links)}`,
      worst ? `*Why:* ${describeRule(worst, retention)}` : '',
      worst
        ? `*Evidence, ${worst.evidence}:* ${describeEvidence(worst)}\n*Retention:* ${describeRetention(retention)}`
        : '',
      worst && !resolved ? `*If lost:* ${describeImpact(commits.map(({ impact }) => impact))}` : '',
      worst && !resolved ? staleness(worst.seenAt, notice) : '',
    ],
    footer: footer(notice),
    key: { cluster, incident: incident.id, slot },
  }
}

function colourOf({ resolved, level, harmless, cause }: ExpiringNotice): Colour {
  if (resolved) return 'grey'
  return level === 'last' && !harmless && cause !== 'stopped' ? 'red' : 'amber'
}

export function headline(notice: ExpiringNotice): string {
  const { cluster, incident, resolved, cause, level, harmless, commits, mention, now } = notice
  const group = subjectOf({ cluster, incident })
  if (resolved) return closedHeadline({ cluster, incident }, resolved)

  const offsets = count(commits.length, 'committed offset')
  const when = commits[0] ? describeDeadline(commits[0].commit, now) : 'at an unknown time'
  if (cause === 'beyond-log-end') {
    const beyond = commits.filter(({ impact }) => impact.kind === 'beyond-log-end').length
    const reset = `${group} has ${count(beyond, 'committed offset')} beyond the end of the log, so the next start resets the group.`
    return level === null
      ? reset
      : `${reset} Kafka may delete ${beyond === 1 ? 'that offset' : 'those offsets'} ${when}.`
  }
  if (harmless) return `${group} may lose ${offsets} ${when}, but no records, because the log is empty there.`

  const call = mention ? 'Last call: ' : ''
  const stopped = cause === 'stopped' && commits[0]?.commit.state === 'Empty' ? ', which has stopped,' : ''
  return `${call}${group}${stopped} may lose ${offsets} ${when}.`
}

/** When Kafka may delete the offset. If the deadline is a bound, the text says so. */
export function describeDeadline({ deadline, evidence }: Commit, now: number): string {
  const left = timeLeft({ deadline }, now)
  if (left === null) return 'at an unknown time'

  const at = date(now + left)
  if (left <= 0) return `at any moment: the deadline was ${at}`
  return `in ${duration(left)}${evidence === 'exact' ? '' : ' at the earliest'} (${at})`
}

/** Other stopped groups of the same name family, which have no message of their own. */
function alikeGroups({ alike }: ExpiringNotice): string {
  const [first] = alike
  if (first === undefined) return ''
  const numberOf = (isOne: (incident: Incident) => boolean) => alike.filter(isOne).length
  const standings = [
    [numberOf(({ closed }) => closed === null), 'may lose offsets soon'],
    [numberOf(({ closed }) => closed?.why === 'lost'), 'lost their offsets'],
    [numberOf(({ closed }) => closed !== null && closed.why !== 'lost'), 'closed for another reason'],
  ] as const
  const others = `${count(alike.length, 'more stopped group')} ${code(nameFamily(first.group), 60)}, such as ${code(first.group, 60)}`
  const parts = standings.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`)
  return `*This message also covers* ${others}: ${parts.join(', ')}. If nobody needs these groups, one pattern in \`ignore\` covers all of them.`
}

const describeLag = (lag: bigint): string => `lag ${lag === 0n ? '' : 'at most '}${grouped(lag)}`

function row(commit: Commit): string {
  const { topic, partition, offset, logStart, logEnd, deadline, evidence } = commit
  const earliest = deadline?.earliest ?? null
  return [
    `${code(topic, 60)} ${partition}: offset ${offset}`,
    logEnd !== null && (offset > logEnd ? `beyond the log end ${logEnd}` : describeLag(logEnd - offset)),
    logStart !== null && offset < logStart && `below the log start ${logStart}`,
    earliest !== null && `${evidence === 'exact' ? 'expires' : 'expires not before'} ${date(earliest)}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

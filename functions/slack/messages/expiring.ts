import type { Incident } from '../../core/alerts/alert-state.ts'
import type { ExpiringNotice } from '../../core/alerts/notice.ts'
import { openAlike } from '../../core/alerts/notices.ts'
import type { Commit } from '../../core/model/commit.ts'
import { count, grouped } from '../../text/count.ts'
import { nameFamily } from '../../text/name-family.ts'
import { describeEvidence, describeRetention, describeRule } from './evidence.ts'
import { staleness } from './footer.ts'
import { guidance } from './guidance.ts'
import { describeImpact } from './impact.ts'
import { incidentDraft } from './incident.ts'
import type { Draft } from './layout.ts'
import type { Links } from './links.ts'
import { code, date, partitionsAtRisk } from './text.ts'

export function draftExpiring(notice: ExpiringNotice, links: Links): Draft {
  const { resolved, commits, retention, level, harmless, cause } = notice
  const worst = commits[0]?.commit
  const isUrgent = level === 'last' && !harmless && cause !== 'stopped'
  const draft = incidentDraft(notice, isUrgent ? 'red' : 'amber', [
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
  ])
  const open = resolved ? openAlike(notice) : []
  if (open.length === 0) return draft
  return {
    ...draft,
    colour: 'amber',
    headline: stillOpen(open, notice.cluster),
    sections: [`*${draft.headline}*`, ...draft.sections],
  }
}

/** The headline while the first group's incident is closed and other groups of its name family are at risk. */
function stillOpen(open: readonly Incident[], cluster: string): string {
  const group = open[0]?.group ?? ''
  const subject =
    open.length === 1
      ? `${code(group)} on ${code(cluster)}, which has stopped,`
      : `${count(open.length, 'stopped group')} ${code(nameFamily(group), 60)} on ${code(cluster)}, such as ${code(group, 60)},`
  return `${subject} may lose offsets soon.`
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

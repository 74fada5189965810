import * as v from 'valibot'
import { atMost, count } from '../../text/count.ts'
import { quotedName } from '../../text/quoted-name.ts'
import { commandLine } from '../../text/shell.ts'
import { visible } from '../../text/visible.ts'
import type {
  NeverCommittedFound,
  OffsetsExpiring,
  OffsetsLost,
  RecordsExpiring,
  RecordsLost,
  WatchdogEvent,
  WatchdogTrouble,
} from './event.ts'

const labels = v.record(v.string(), v.string())

/**
 * An alert of Alertmanager's API v2, without its end. Alertmanager identifies an alert by its labels, so the labels
 * never change.
 */
const alertmanagerAlert = v.object({
  labels,
  annotations: labels,
  startsAt: v.string(),
  generatorURL: v.exactOptional(v.string()),
})
export type AlertmanagerAlert = v.InferOutput<typeof alertmanagerAlert>

const sentAlerts = v.object({
  schemaVersion: v.literal(1),
  /** The alerts that may be firing in Alertmanager, by the key of the incident or trouble. */
  firing: v.record(v.string(), v.array(alertmanagerAlert)),
})
export type SentAlerts = v.InferOutput<typeof sentAlerts>

/** @throws if the JSON is not this version's state */
export const parseSentAlerts = (json: unknown): SentAlerts => v.parse(sentAlerts, json)

/**
 * The alert of an event that opens an incident or a trouble.
 * @param docs address of this repository
 */
export function alertmanagerAlertOf(
  event: WatchdogEvent,
  docs: string | undefined,
): AlertmanagerAlert | undefined {
  const { type, detail } = event
  if (type === 'Offsets Expiring')
    return ofIncident('OffsetsExpiring', detail, expiring(detail), 'the-life-of-an-incident', docs)
  if (type === 'Offsets Lost')
    return ofIncident('OffsetsLost', detail, lost(detail), 'offsets-that-are-gone', docs)
  if (type === 'Records Expiring')
    return ofIncident('RecordsExpiring', detail, recordsExpiring(detail), 'unread-records', docs)
  if (type === 'Records Lost')
    return ofIncident('RecordsLost', detail, recordsLost(detail), 'records-that-were-deleted-unread', docs)
  if (type === 'Never Committed')
    return ofIncident(
      'NeverCommitted',
      detail,
      neverCommitted(detail),
      'a-partition-without-any-commit',
      docs,
    )
  return type === 'Watchdog Trouble' ? ofTrouble(detail, docs) : undefined
}

function ofIncident(
  alertname: string,
  detail: OffsetsExpiring | OffsetsLost | RecordsExpiring | RecordsLost | NeverCommittedFound,
  happens: string,
  section: string,
  docs: string | undefined,
): AlertmanagerAlert {
  const { cluster, group, incident, owner, severity, openedAt, partitions, partitionCount } = detail
  const named = partitions
    .slice(0, 5)
    .map(place => `${place.topic}-${place.partition}${'offset' in place ? ` at ${place.offset}` : ''}`)
  const more = partitionCount > named.length ? `, and ${partitionCount - named.length} more` : ''
  const command = commandLine(['offset-watchdog', 'lookup', group, '--cluster', cluster])
  return {
    labels: { alertname, cluster, group, incident, severity, ...(owner !== null && { owner }) },
    annotations: {
      summary: visible(`Group ${quotedName(group)} on cluster ${cluster} ${happens}`),
      description: visible(
        `${alertname === 'NeverCommitted' ? 'Partitions' : 'Committed offsets'}: ${named.join(', ')}${more}. All of them: ${command}`,
      ),
    },
    startsAt: openedAt,
    ...link(section, docs),
  }
}

function expiring({ partitionCount, partitions, level }: OffsetsExpiring): string {
  const deadlines = partitions.flatMap(({ deadline }) => deadline?.earliest ?? [])
  const [first] = deadlines.sort()
  return level === null || first === undefined
    ? `has ${count(partitionCount, 'committed offset')} beyond the end of the log, so the next start resets the group.`
    : `may lose ${count(partitionCount, 'committed offset')} from ${first} on.`
}

const lost = ({ partitionCount, partitions }: OffsetsLost): string =>
  `has lost ${count(partitionCount, 'committed offset')}, last seen at ${partitions[0]?.lastSeenAt ?? 'an unknown time'}.`

function recordsExpiring({ partitionCount, partitions }: RecordsExpiring): string {
  const [first] = partitions.flatMap(({ deadline }) => deadline?.earliest ?? []).toSorted()
  const unread = `unread records of ${count(partitionCount, 'partition')}`
  return first === undefined ? `may lose ${unread}.` : `may lose ${unread} from ${first} on.`
}

const recordsLost = ({ lostAtMost }: RecordsLost): string =>
  `has lost ${atMost(BigInt(lostAtMost), 'unread record')}.`

const neverCommitted = ({ partitionCount }: NeverCommittedFound): string =>
  `reads ${count(partitionCount, 'partition')} without any committed offset: auto.offset.reset decides where the next start begins.`

const ofTrouble = (detail: WatchdogTrouble, docs: string | undefined): AlertmanagerAlert => ({
  labels: {
    alertname: 'OffsetWatchdogTrouble',
    cluster: detail.cluster,
    trouble: detail.trouble,
    severity: detail.severity,
  },
  annotations: { summary: says[detail.trouble], description: visible(detail.details.join(' ')) },
  startsAt: detail.openedAt,
  ...link('when-the-watchdog-itself-is-in-trouble', docs),
})

const says = {
  silent: 'No snapshot for two intervals: the watchdog does not see the cluster.',
  incomplete: 'The last three snapshots were not complete: the watchdog does not see everything.',
  'rights-lost': 'The watchdog sees less than before: it has lost access rights.',
  unusable: 'The newest snapshot is not usable: the watchdog uses an older one.',
} as const

const link = (section: string, docs: string | undefined) =>
  docs === undefined ? {} : { generatorURL: `${docs.replace(/\/$/, '')}/docs/alerts.md#${section}` }

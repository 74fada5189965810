import type { BothNotice, RecordsLostNotice, RecordsNotice } from '../../../functions/core/alerts/notice.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import { commit, DAY, expiring, HOUR, incident, MINUTE, now, takenAt } from './samples.ts'

const nobody = { owner: null, lastMember: null }

/** 2,310 unread records; Kafka deletes the first one in 5 hours to 4 days. */
export const unread = (changes: Partial<UnreadRecords> = {}): UnreadRecords => ({
  atMost: 2310n,
  evidence: 'bounded',
  retention: 7 * DAY,
  retentionSetBy: 'topic',
  earliest: now + 5 * HOUR,
  latest: now + 4 * DAY,
  readTo: now + 5 * HOUR - 7 * DAY,
  notGrown: 40,
  ...changes,
})

/** A partition of a group that has members and makes no progress. */
export function atRisk(changes: Partial<UnreadRecords> = {}, ofCommit: Partial<Commit> = {}) {
  const records = unread(changes)
  const row = commit({
    kind: 'classic',
    state: 'Stable',
    rule: 'classic-guarded',
    deadline: null,
    clockStart: null,
    logEnd: 48_113n + records.atMost,
    valueSeenAt: takenAt - 10 * HOUR,
    unread: records,
    ...ofCommit,
  })
  return { commit: row, unread: records }
}

export const records = (
  partitions: RecordsNotice['partitions'],
  changes: Partial<RecordsNotice> = {},
): RecordsNotice => ({
  type: 'records',
  cluster: 'prod',
  incident: incident({ id: '51d0c2b7a9e4', kind: 'records-deadline', level: 'last' }),
  ...nobody,
  takenAt,
  now,
  mention: false,
  resolved: null,
  cause: 'stands-still',
  level: 'last',
  slot: 'parent',
  partitions,
  ...changes,
})

export const recordsLost = (
  changes: Partial<RecordsLostNotice> = {},
  atMost = 12_480n,
): RecordsLostNotice => {
  const lastAt = now - 4 * MINUTE
  const lostRecords = { atMost, upTo: 48_113n + atMost, lastAt }
  const told = { times: 2, at: now, atMost: String(atMost) }
  const recordsLost = { atMost: String(atMost), before: '0', lastAt, told, aboveSince: null }
  return {
    type: 'records-lost',
    cluster: 'prod',
    incident: incident({ id: '8be2470fd613', kind: 'records-loss', level: null, recordsLost }),
    ...nobody,
    takenAt,
    now,
    mention: true,
    resolved: null,
    atMost,
    lastAt,
    commits: [commit({ logStart: 48_113n + atMost, logEnd: 70_000n, lostRecords })],
    ...changes,
  }
}

/** The offsets expire in two days and 23 hours. Kafka deletes the first records in five hours at the earliest. */
export function both(changes: Partial<BothNotice> = {}): BothNotice {
  const offsets = expiring([commit({ logEnd: 50_423n })])
  return {
    type: 'both',
    cluster: 'prod',
    incident: offsets.incident,
    mention: true,
    notices: [records([atRisk()]), offsets],
    ...changes,
  }
}

import { offsetsCsv } from '../core/recovery/offsets-csv.ts'
import { type Recovery, recoveryFor } from '../core/recovery/recovery.ts'
import { iso } from '../core/time.ts'
import type { LookUpResult } from '../jobs/look-up.ts'
import { decimal } from '../text/decimal.ts'
import { memberJson } from './events/last-member.ts'
import { neverCommittedJson, recordsJson } from './status.ts'

/**
 * Output of `lookup --json`, and answer of the lookup function.
 * @param owner by the group's route
 */
export const lookupJson = (found: LookUpResult, owner: string | null) => ({
  schemaVersion: 1,
  cluster: found.head.cluster,
  clusterId: found.head.clusterId,
  takenAt: iso(found.head.takenAt),
  group: found.group,
  kind: found.kind,
  state: found.state,
  owner,
  lastMember: memberJson(found.lastMember),
  replacedBy: found.replacedBy,
  recovery: recoveryJson(recoveryFor(found.offsets)),
  neverCommitted: found.neverCommitted.map(neverCommittedJson),
  partitions: found.offsets.map(({ commit, status, offset, leaderEpoch, metadata, seenAt, reason }) => ({
    topic: commit.topic,
    topicId: commit.topicId,
    partition: commit.partition,
    status,
    offset: String(offset),
    leaderEpoch,
    metadata,
    seenAt: iso(seenAt),
    reason,
    committedNow: commit.gone ? null : String(commit.offset),
    logStart: decimal(commit.logStart),
    logEnd: decimal(commit.logEnd),
    records: recordsJson(commit),
  })),
})

const recoveryJson = (recovery: Recovery | null) =>
  recovery && {
    fits: recovery.fits,
    alsoFits: recovery.alsoFits,
    why: recovery.why,
    partitions: recovery.costs.map(({ topic, partition, twice, skipped, deleted }) => ({
      topic,
      partition,
      earliestReadsTwice: decimal(twice),
      latestSkips: decimal(skipped),
      deletedUnread: String(deleted),
    })),
  }

/**
 * `topic,partition,offset` for `kafka-consumer-groups --reset-offsets --from-file`: one group, no header. Offsets of
 * deleted topics are left out, since the tool refuses a whole file with an unknown topic.
 */
export const lookupCsv = ({ offsets }: LookUpResult): string =>
  offsetsCsv(
    offsets
      .filter(({ reason }) => reason !== 'topic-deleted')
      .map(({ commit, offset }) => ({ ...commit, offset })),
  )

import * as v from 'valibot'
import { oneOf } from '../core/closed-list.ts'
import { Failure } from '../core/model/failure.ts'
import type { PlannedOffset } from '../core/model/planned-offset.ts'
import { isWritten, type PlanRow } from '../core/recovery/restore-plan.ts'
import {
  type RestoreIntent,
  type RestoreResult,
  rowOutcomes,
  sourceJson,
} from '../core/recovery/restore-record.ts'
import { iso } from '../core/time.ts'
import type { RestoreStore } from '../jobs/ports.ts'
import { decimal } from '../text/decimal.ts'
import { restoreKey, restoresOf } from './keys.ts'
import { AlreadyExists, type ObjectStore } from './objects/object-store.ts'

/** The end of the key of a plan or a result. */
const record = /\.(?:plan|result)\.json$/

export function restoreStore(objects: ObjectStore): RestoreStore {
  async function create(key: string, body: object): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 1, ...body }, null, 2))
    try {
      await objects.create(key, bytes)
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error
      throw new Failure('another restore began in the same millisecond: run the command again.', {
        cause: error,
      })
    }
  }

  async function resultAt(key: string): Promise<RestoreResult | undefined> {
    const parsed = v.safeParse(result, new TextDecoder().decode(await objects.read(key)))
    return parsed.success ? parsed.output : undefined
  }

  /** A restore that was killed, or whose result could not be stored: it may have written each offset of its plan. */
  async function unfinishedAt(cluster: string, key: string): Promise<RestoreResult | undefined> {
    const parsed = v.safeParse(plan, new TextDecoder().decode(await objects.read(key)))
    if (!parsed.success) return undefined
    const { group, startedAt, rows } = parsed.output
    const unsure = rows.filter(isWritten).map(({ topic, partition, target, now }) => {
      const why = 'the restore was ended before its result was stored'
      return { topic, partition, outcome: 'unsure' as const, target, found: now, why }
    })
    return { cluster, group, startedAt, finishedAt: startedAt, lookedAgainAt: null, rows: unsure }
  }

  return {
    begin: intent => create(restoreKey(intent.cluster, intent.startedAt, 'plan'), intentJson(intent)),
    end: result => create(restoreKey(result.cluster, result.startedAt, 'result'), resultJson(result)),

    async resultsOf(cluster, group, since) {
      const starts = new Set<string>()
      for await (const key of objects.list(restoresOf(cluster), restoreKey(cluster, since, 'plan')))
        if (record.test(key)) starts.add(key.replace(record, ''))
      const results: RestoreResult[] = []
      for (const start of starts) {
        const found =
          (await resultAt(`${start}.result.json`)) ?? (await unfinishedAt(cluster, `${start}.plan.json`))
        if (found?.group === group) results.push(found)
      }
      return results
    },

    async plannedSince(cluster, since) {
      const planned: PlannedOffset[] = []
      for await (const key of objects.list(restoresOf(cluster), restoreKey(cluster, since, 'plan'))) {
        const bytes = key.endsWith('.plan.json') ? await objects.read(key) : undefined
        const parsed = v.safeParse(plan, new TextDecoder().decode(bytes))
        if (!parsed.success) continue
        const { group, startedAt, rows } = parsed.output
        for (const { topic, partition, target } of rows.filter(isWritten))
          planned.push({ group, topic, partition, offset: target, startedAt })
      }
      return planned
    },
  }
}

const isoOrNull = (time: number | null) => (time === null ? null : iso(time))
function intentJson({ startedAt, source, plan, ...intent }: RestoreIntent) {
  const { kind, state, rows, others } = plan
  return {
    ...intent,
    startedAt: iso(startedAt),
    source: sourceJson(source),
    kind,
    state,
    rows: rows.map(rowJson),
    others,
  }
}

const rowJson = ({
  topic,
  partition,
  found,
  currentOffset,
  target,
  leaderEpoch,
  metadata,
  verdict,
}: PlanRow) => ({
  topic,
  topicId: found.topicId,
  partition,
  now: decimal(currentOffset),
  target: decimal(target),
  leaderEpoch,
  metadata,
  verdict,
})

const resultJson = ({ startedAt, finishedAt, lookedAgainAt, rows, ...result }: RestoreResult) => ({
  ...result,
  startedAt: iso(startedAt),
  finishedAt: iso(finishedAt),
  lookedAgainAt: isoOrNull(lookedAgainAt),
  rows: rows.map(({ target, found, ...row }) => ({ ...row, target: decimal(target), found: decimal(found) })),
})

const time = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse))
const offset = v.pipe(
  v.string(),
  v.regex(/^-?\d+$/),
  v.transform(digits => BigInt(digits)),
)

const resultObject = v.object({
  cluster: v.string(),
  group: v.string(),
  startedAt: time,
  finishedAt: time,
  lookedAgainAt: v.nullable(time),
  rows: v.array(
    v.object({
      topic: v.string(),
      partition: v.number(),
      outcome: oneOf(rowOutcomes),
      target: offset,
      found: v.nullable(offset),
      why: v.nullable(v.string()),
    }),
  ),
})

const result = v.pipe(v.string(), v.parseJson(), resultObject)

const planObject = v.object({
  group: v.string(),
  startedAt: time,
  rows: v.array(
    v.object({
      topic: v.string(),
      partition: v.number(),
      now: v.nullable(offset),
      target: offset,
      verdict: v.string(),
    }),
  ),
})

const plan = v.pipe(v.string(), v.parseJson(), planObject)

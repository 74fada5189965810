import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { SlackIgnoreRule } from '../core/model/settings.ts'
import { iso } from '../core/time.ts'
import type { IgnoreStore } from '../jobs/ports.ts'
import { ignoreId, ignoreKey, ignoresFrom, ignoresOf } from './keys.ts'
import { AlreadyExists, type ObjectStore } from './objects/object-store.ts'

/**
 * The ignore rules that people made in Slack. Each rule is one object, and its early end is another. Neither object
 * ever changes, and a reset of the alert state does not delete them. The keys begin with the rule's end, so a run lists
 * only rules that have not ended.
 */
export const ignoreStore = (objects: ObjectStore): IgnoreStore => ({
  async active(cluster, now) {
    const keys: string[] = []
    for await (const key of objects.list(ignoresOf(cluster), ignoresFrom(cluster, now))) keys.push(key)
    const rules: SlackIgnoreRule[] = []
    for (const key of keys) {
      const [, id = ''] = /([^/]+)\.rule\.json$/.exec(key) ?? []
      if (id === '' || keys.includes(ignoreKey(cluster, id, 'end'))) continue
      const parsed = v.safeParse(ruleObject, new TextDecoder().decode(await objects.read(key)))
      // A rule of a later version has no effect here: one message too many is better than one too few.
      if (!parsed.success || parsed.output.until <= now) continue
      const { schemaVersion: _, ...rule } = parsed.output
      rules.push({ ...rule, id })
    }
    return rules
  },

  async add(cluster, rule) {
    const id = ignoreId(rule.until, randomUUID().slice(0, 8))
    const { until, createdAt } = rule
    const bytes = bytesOf({ cluster, ...rule, until: iso(until), createdAt: iso(createdAt) })
    await objects.create(ignoreKey(cluster, id, 'rule'), bytes)
    return { ...rule, id }
  },

  async end(cluster, id, by, at) {
    try {
      await objects.create(ignoreKey(cluster, id, 'end'), bytesOf({ cluster, by, endedAt: iso(at) }))
      return true
    } catch (error) {
      if (error instanceof AlreadyExists) return false
      throw error
    }
  },
})

const bytesOf = (body: object) =>
  new TextEncoder().encode(JSON.stringify({ schemaVersion: 1, ...body }, null, 2))

const time = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse))

const ruleObject = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    schemaVersion: v.literal(1),
    pattern: v.string(),
    reason: v.string(),
    until: time,
    createdAt: time,
    by: v.object({ id: v.nullable(v.string()), name: v.string(), team: v.nullable(v.string()) }),
  }),
)

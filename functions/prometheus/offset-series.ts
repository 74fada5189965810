import querystring from 'node:querystring'
import * as v from 'valibot'
import { Failure } from '../core/model/failure.ts'
import type { OffsetSeries } from '../jobs/ports.ts'
import { whyNoAnswer } from '../text/no-answer.ts'

/** ms */
const ANSWER_WITHIN = 30_000

const answer = v.object({
  status: v.literal('success'),
  warnings: v.optional(v.array(v.string()), []),
  data: v.object({
    resultType: v.literal('vector'),
    result: v.array(
      v.object({
        metric: v.object({
          topic: v.string(),
          partition: v.pipe(v.string(), v.regex(/^\d{1,9}$/)),
          cluster_name: v.optional(v.string()),
          job: v.optional(v.string(), ''),
          instance: v.optional(v.string(), ''),
        }),
        value: v.tuple([v.number(), v.string()]),
      }),
    ),
  }),
})

/**
 * The offsets that kafka-lag-exporter or kafka_exporter reported, from Prometheus' HTTP API. @see
 * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 * @param url may contain a user and a password, for basic authentication
 */
export function offsetSeries(url: URL): OffsetSeries {
  // fetch refuses an address with a password, and its error repeats that address.
  const [user, password] = [url.username, url.password].map(text => querystring.unescape(text))
  const headers: Record<string, string> =
    user || password
      ? { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
      : {}
  const failure = (what: string, cause?: unknown) =>
    new Failure(`Prometheus at ${url.host} ${what}. Check the address, or try again.`, { cause })

  return {
    async offsetsAt(group, time) {
      const name = JSON.stringify(group)
      const series = [
        `kafka_consumergroup_group_offset{group=${name}}`,
        `kafka_consumergroup_current_offset{consumergroup=${name}}`,
      ]
      const query = new URL(`${url.pathname.replace(/\/$/, '')}/api/v1/query`, url.origin)
      const labels = 'topic, partition, cluster_name, job, instance'
      query.searchParams.set('query', `max by (${labels}) (${series.join(' or ')})`)
      query.searchParams.set('time', String(time / 1000))

      const signal = AbortSignal.timeout(ANSWER_WITHIN)
      const response = await fetch(query, { headers, signal }).catch(cause => {
        throw failure(`cannot be asked: ${whyNoAnswer(cause, ANSWER_WITHIN)}`, cause)
      })
      if (!response.ok) throw failure(`answers with ${response.status}`)
      const parsed = v.safeParse(answer, await response.json().catch(() => undefined))
      if (!parsed.success) throw failure('does not give a complete answer')
      const { warnings, data } = parsed.output
      if (warnings.length > 0) throw failure(`gives only a part of the answer: ${warnings[0]}`)
      return data.result.map(({ metric, value }) => ({
        topic: metric.topic,
        partition: Number(metric.partition),
        value: Number(value[1]),
        cluster: metric.cluster_name ?? null,
        exporter: [metric.job, metric.instance].filter(Boolean).join(' '),
      }))
    },
  }
}

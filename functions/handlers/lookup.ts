import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import * as v from 'valibot'
import { lookupCsv, lookupJson } from '../contracts/lookup.ts'
import { Failure } from '../core/model/failure.ts'
import { ownerOfGroup } from '../core/policy.ts'
import { lookUpIn } from '../wiring/lookup.ts'
import { deployed, deployedClusters } from './deployed-settings.ts'
import { lambda } from './lambda.ts'
import { lookupAnswer, refusal } from './lookup-answer.ts'

const query = v.strictObject(
  {
    // A group id may be empty.
    group: v.string(),
    topic: v.optional(v.string()),
    cluster: v.optional(v.string()),
    at: v.optional(
      v.pipe(
        v.string(),
        v.isoTimestamp('is not a time such as 2026-11-22T14:00:00Z'),
        v.transform(Date.parse),
      ),
    ),
    format: v.optional(v.picklist(['json', 'csv'], 'is neither json nor csv'), 'json'),
  },
  ({ expected }) => (expected === 'never' ? 'is not known' : 'is missing'),
)

/**
 * Answers GET ?group=… with the output of `offset-watchdog lookup`: JSON, or with format=csv the input of
 * kafka-consumer-groups.
 */
export const handler = lambda(
  async (event: Partial<APIGatewayProxyEventV2>): Promise<APIGatewayProxyStructuredResultV2> => {
    const asked = v.safeParse(query, event.queryStringParameters ?? {})
    if (!asked.success) {
      const [{ path, message }] = asked.issues
      return refusal(
        400,
        `the query parameter ${String(path?.[0]?.key)} ${message}: ask ?group=… with topic, cluster, at or format.`,
      )
    }

    const { format, cluster, topic, at, group } = asked.output
    const clusters = deployedClusters()
    if (cluster !== undefined && !clusters.includes(cluster)) {
      return refusal(400, `cluster "${cluster}" is not configured: choose ${clusters.join(' or ')}.`)
    }

    const names = cluster === undefined ? clusters : [cluster]
    const { settings } = await deployed(names[0] ?? '')
    try {
      const found = await lookUpIn(settings, { clusters: names, group, topic, at })
      const { cluster } = await deployed(found.head.cluster)
      const owner = ownerOfGroup(group, cluster.policy)
      const body = format === 'csv' ? lookupCsv(found) : JSON.stringify(lookupJson(found, owner))
      return lookupAnswer(body, asked.output)
    } catch (error) {
      // An unknown group is an answer. An unreadable store is an error, and its Failure has a cause.
      if (error instanceof Failure && error.cause === undefined) {
        const remedy = error.inputs.includes('cluster') ? ' Add cluster= to the query.' : ''
        return refusal(error.exitCode === 2 ? 400 : 404, error.message + remedy)
      }
      throw error
    }
  },
)

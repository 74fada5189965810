import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import * as v from 'valibot'
import { Failure } from '../core/model/failure.ts'
import { MINUTE } from '../core/time.ts'
import { type Interaction, interaction } from '../slack/interactions/interactions.ts'
import { apology } from '../slack/interactions/offsets-answer.ts'
import { mayBeSigned, type UrlRequest, verifiedPayload } from '../slack/interactions/signed-request.ts'
import { interactionsOf } from '../wiring/interactions.ts'
import { type Deployed, deployed, deployedClusters } from './deployed-settings.ts'
import { lambda } from './lambda.ts'

/**
 * The slash command `/offsets` and the buttons, behind a public function URL. Slack waits three seconds, and the store
 * may take longer, so the function invokes itself for the work.
 */
export const handler = lambda(
  async (event: UrlRequest | Interaction): Promise<APIGatewayProxyStructuredResultV2 | undefined> => {
    if ('headers' in event) return receive(event)
    await interactions().work(v.parse(interaction, event))
    return undefined
  },
)

const interactions = () => interactionsOf(deployedClusters(), recentSettings)

async function receive(request: UrlRequest): Promise<APIGatewayProxyStructuredResultV2> {
  // Anybody may call this function. A request that cannot be from Slack must not cost a request to Parameter Store.
  if (!mayBeSigned(request, Date.now())) return { statusCode: 401 }
  const { slashCommand: workspace } = (await recentSettings()).settings
  if (workspace === undefined) {
    throw new Failure(
      'requests of Slack cannot be verified: set slack.signingSecret and slack.teamId, and deploy again.',
    )
  }
  const payload = verifiedPayload(request, { ...workspace, now: Date.now() })
  if (typeof payload === 'number') return { statusCode: payload }
  const received = await interactions().receive(payload, workspace)
  if (typeof received === 'number') return { statusCode: received }
  const { answer, work } = received
  if (work === undefined) return answered(answer)
  try {
    await invokeItself(work)
    return answered(answer)
  } catch (cause) {
    console.error(cause)
    return answered(
      apology(
        'The watchdog could not start this request. Try again. If it fails again, look at the log of the function slack.',
      ),
    )
  }
}

const answered = (answer: object | undefined): APIGatewayProxyStructuredResultV2 =>
  answer === undefined
    ? { statusCode: 200 }
    : { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) }

/**
 * Anybody may call this function. The function keeps its secrets for a minute, so that many calls do not use up the
 * account's quota for Parameter Store, which snapshots need, too.
 */
async function recentSettings(cluster = deployedClusters()[0] ?? ''): Promise<Deployed> {
  const kept = recent.get(cluster)
  if (kept && Date.now() - kept.at <= MINUTE) return kept.settings
  const settings = await deployed(cluster)
  recent.set(cluster, { settings, at: Date.now() })
  return settings
}
const recent = new Map<string, { settings: Deployed; at: number }>()

async function invokeItself(work: Interaction): Promise<void> {
  const { AWS_LAMBDA_FUNCTION_NAME: FunctionName } = process.env
  await new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: 2000 } }).send(
    new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(work) }),
  )
}

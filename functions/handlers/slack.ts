import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import * as v from 'valibot'
import { Failure } from '../core/model/failure.ts'
import type { Settings } from '../core/model/settings.ts'
import { ownerOfGroup } from '../core/policy.ts'
import { apology, type EphemeralAnswer, offsetsAnswer } from '../slack/interactions/offsets-answer.ts'
import { respond } from '../slack/interactions/respond.ts'
import { questionOf } from '../slack/interactions/slash-command.ts'
import {
  mayBeSigned,
  type SlashRequest,
  slashRequest,
  type UrlRequest,
  verified,
} from '../slack/interactions/slash-request.ts'
import { answerOffsetsIn } from '../wiring/lookup.ts'
import { deployed, deployedClusters } from './deployed-settings.ts'
import { lambda } from './lambda.ts'

/** What this function sends to itself: Slack waits three seconds, the store may take longer. */
const slowAnswer = v.object({ answer: slashRequest })

/** The slash command `/offsets`, behind a function URL that anybody may call. */
export const handler = lambda(
  async (
    event: UrlRequest | v.InferOutput<typeof slowAnswer>,
  ): Promise<APIGatewayProxyStructuredResultV2 | undefined> => {
    // Anybody may call this function: what cannot be from Slack costs no request to Parameter Store.
    if (isRequest(event) && !mayBeSigned(event, Date.now())) return { statusCode: 401 }
    const clusters = deployedClusters()
    const settings = await current(clusters[0] ?? '')
    if (!isRequest(event)) {
      const { text, responseUrl } = v.parse(slowAnswer, event).answer
      const answer = (says: EphemeralAnswer) => respond(responseUrl, says, settings.slashCommand?.apiUrl)
      await answerOffsetsIn(settings, {
        ...questionOf(text),
        clusters,
        tell: async result => {
          const { cluster } = await deployed(result.head.cluster)
          return answer(offsetsAnswer(result, ownerOfGroup(result.group, cluster.policy), Date.now()))
        },
        tellFailure: why => answer(apology(why)),
      })
      return undefined
    }

    if (settings.slashCommand === undefined) {
      throw new Failure(
        'slash commands cannot be verified: set slack.signingSecret and slack.teamId, and deploy again.',
      )
    }
    const asked = verified(event, { ...settings.slashCommand, now: Date.now() })
    if (typeof asked === 'number') return { statusCode: asked }
    try {
      questionOf(asked.text)
      await invokeItself(asked)
      return { statusCode: 200 }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return {
        statusCode: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(apology(error.message)),
      }
    }
  },
)

/**
 * Anybody may call this function. Its secrets are kept for a minute, so that who calls it again and again does not use up
 * the requests that Parameter Store grants an account, which snapshots need, too.
 */
async function current(cluster: string): Promise<Settings> {
  if (kept === undefined || Date.now() - kept.at > 60_000) {
    kept = { settings: (await deployed(cluster)).settings, at: Date.now() }
  }
  return kept.settings
}
let kept: { settings: Settings; at: number } | undefined

const isRequest = (event: object): event is UrlRequest => 'headers' in event

/** @throws Failure in words for who asked */
async function invokeItself(answer: SlashRequest): Promise<void> {
  const { AWS_LAMBDA_FUNCTION_NAME: FunctionName } = process.env
  try {
    await new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: 2000 } }).send(
      new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ answer }) }),
    )
  } catch (cause) {
    console.error(cause)
    throw new Failure(
      'I could not begin to look it up. Try again; if it stays so, see the log of this function.',
      {
        cause,
      },
    )
  }
}

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import * as v from 'valibot'
import { Failure } from '../core/model/failure.ts'
import type { Settings } from '../core/model/settings.ts'
import { ownerOfGroup } from '../core/policy.ts'
import { MINUTE } from '../core/time.ts'
import { clickAnswer } from '../slack/interactions/click-answer.ts'
import { type ClickRequest, clickRequest, clickRequestOf } from '../slack/interactions/click-request.ts'
import { apology, type EphemeralAnswer, offsetsAnswer } from '../slack/interactions/offsets-answer.ts'
import { respond } from '../slack/interactions/respond.ts'
import { type OffsetsQuestion, questionOf } from '../slack/interactions/slash-command.ts'
import {
  mayBeSigned,
  slashRequest,
  slashRequestOf,
  type UrlRequest,
  verifiedForm,
} from '../slack/interactions/slash-request.ts'
import { actIn, groupOfIncidentIn } from '../wiring/actions.ts'
import { answerOffsetsIn } from '../wiring/lookup.ts'
import { deployed, deployedClusters } from './deployed-settings.ts'
import { lambda } from './lambda.ts'

/** What this function sends to itself: Slack waits three seconds, the store may take longer. */
const slowWork = v.union([v.object({ answer: slashRequest }), v.object({ click: clickRequest })])
type SlowWork = v.InferOutput<typeof slowWork>

/** The slash command `/offsets` and the buttons, behind a function URL that anybody may call. */
export const handler = lambda(
  async (event: UrlRequest | SlowWork): Promise<APIGatewayProxyStructuredResultV2 | undefined> => {
    // Anybody may call this function: what cannot be from Slack costs no request to Parameter Store.
    if (isRequest(event) && !mayBeSigned(event, Date.now())) return { statusCode: 401 }
    const clusters = deployedClusters()
    const settings = await current(clusters[0] ?? '')
    if (isRequest(event)) return taken(event, settings)
    const work = v.parse(slowWork, event)
    if ('answer' in work) {
      const { text, responseUrl } = work.answer
      await answer(questionOf(text), clusters, says =>
        respond(responseUrl, says, settings.slashCommand?.apiUrl),
      )
    } else await clicked(work.click)
    return undefined
  },
)

/** Verifies a request and hands it on. @returns what Slack gets within three seconds */
async function taken(request: UrlRequest, settings: Settings): Promise<APIGatewayProxyStructuredResultV2> {
  if (settings.slashCommand === undefined) {
    throw new Failure(
      'requests of Slack cannot be verified: set slack.signingSecret and slack.teamId, and deploy again.',
    )
  }
  const form = verifiedForm(request, { ...settings.slashCommand, now: Date.now() })
  if (typeof form === 'number') return { statusCode: form }
  const payload = form.get('payload')
  const asked =
    payload === null
      ? slashRequestOf(form, settings.slashCommand)
      : clickRequestOf(payload, settings.slashCommand)
  if (typeof asked === 'number') return { statusCode: asked }
  if ('click' in asked && !deployedClusters().includes(asked.cluster)) return { statusCode: 400 }
  try {
    if ('text' in asked) questionOf(asked.text)
    await invokeItself('text' in asked ? { answer: asked } : { click: asked })
    return { statusCode: 200 }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(apology(error.message)),
    }
  }
}

async function answer(
  question: OffsetsQuestion,
  clusters: readonly string[],
  tell: (says: EphemeralAnswer) => Promise<void>,
): Promise<void> {
  const settings = await current(clusters[0] ?? '')
  await answerOffsetsIn(settings, {
    ...question,
    clusters: [...clusters],
    tell: async result => {
      const { cluster } = await deployed(result.head.cluster)
      return tell(offsetsAnswer(result, ownerOfGroup(result.group, cluster.policy), Date.now()))
    },
    tellFailure: why => tell(apology(why)),
  })
}

/** What a click asks for. Its answer goes only to who has clicked; what was done shows in the message. */
async function clicked({ click, incident, cluster: name, by, responseUrl }: ClickRequest): Promise<void> {
  const { settings, cluster } = await deployed(name)
  const tell = (says: EphemeralAnswer) => respond(responseUrl, says, settings.slashCommand?.apiUrl)
  if (click === 'show-offsets') {
    const group = await groupOfIncidentIn(settings, name, incident)
    if (group === undefined) await tell(apology('The watchdog no longer remembers this incident.'))
    else await answer({ group, topic: undefined, at: undefined }, [name], tell)
    return
  }
  try {
    const says = clickAnswer(await actIn(settings, cluster, { incident, action: click, by }))
    if (says) await tell(says)
  } catch (error) {
    if (error instanceof Failure) await tell(apology(error.message)).catch(() => {})
    throw error
  }
}

/**
 * Anybody may call this function. Its secrets are kept for a minute, so that who calls it again and again does not use up
 * the requests that Parameter Store grants an account, which snapshots need, too.
 */
async function current(cluster: string): Promise<Settings> {
  if (kept === undefined || Date.now() - kept.at > MINUTE) {
    kept = { settings: (await deployed(cluster)).settings, at: Date.now() }
  }
  return kept.settings
}
let kept: { settings: Settings; at: number } | undefined

const isRequest = (event: object): event is UrlRequest => 'headers' in event

/** @throws Failure in words for who asked */
async function invokeItself(work: SlowWork): Promise<void> {
  const { AWS_LAMBDA_FUNCTION_NAME: FunctionName } = process.env
  try {
    await new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: 2000 } }).send(
      new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(work) }),
    )
  } catch (cause) {
    console.error(cause)
    const why = 'I could not begin with it. Try again; if it stays so, see the log of this function.'
    throw new Failure(why, { cause })
  }
}

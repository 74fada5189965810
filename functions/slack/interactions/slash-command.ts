import * as v from 'valibot'
import { Failure } from '../../core/model/failure.ts'
import { instantOf } from '../../text/instant.ts'
import { isOfSlack, type Refusal, type Workspace } from './workspace.ts'

/** The text after the slash command, and where to answer. */
export const slashRequest = v.object({
  type: v.literal('slash-command'),
  text: v.string(),
  responseUrl: v.string(),
})
export type SlashRequest = v.InferOutput<typeof slashRequest>

/** https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
const fields = v.object({
  team_id: v.string(),
  text: v.optional(v.string(), ''),
  response_url: v.string(),
})

/** A slash command of this workspace. */
export function slashRequestOf(payload: object, { teamId, apiUrl }: Workspace): SlashRequest | Refusal {
  const parsed = v.safeParse(fields, payload)
  if (!parsed.success) return 400
  const { team_id, text, response_url: responseUrl } = parsed.output
  if (team_id !== teamId || !isOfSlack(responseUrl, apiUrl)) return 403
  return { type: 'slash-command', text, responseUrl }
}

/** The question in `/offsets <group> [topic] [at <time>]`. */
export interface OffsetsQuestion {
  group: string
  topic: string | undefined
  /** ms since the epoch; undefined for now. */
  at: number | undefined
}

const usage =
  'Write `/offsets group`, `/offsets group topic`, or either with a time: `/offsets group at 2026-11-22T14:00Z`. A name with spaces goes between double quotes.'

/** @throws Failure that shows the right form */
export function questionOf(text: string): OffsetsQuestion {
  // A phone turns straight quotes into curly ones.
  const words = text.match(/["“”][^"“”]*["“”]|\S+/g)?.map(word => word.replaceAll(/^["“”]|["“”]$/g, '')) ?? []
  const at = words.length > 2 && words.at(-2) === 'at' ? words.splice(-2).at(-1) : undefined
  const [group, topic, ...more] = words
  if (group === undefined || group === 'help' || more.length > 0) throw new Failure(usage, { exitCode: 2 })
  return { group, topic, at: at === undefined ? undefined : timeOf(at) }
}

function timeOf(text: string): number {
  try {
    return instantOf(text)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(`"${text}" is not a time. ${error.message}`, { exitCode: 2, cause: error })
  }
}

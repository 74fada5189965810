import * as v from 'valibot'
import { clickedOn, clicks } from '../messages/buttons.ts'
import { isOfSlack, type Verification } from './slash-request.ts'

/** A click on a button of ours. Names are untrusted text. */
export const clickRequest = v.object({
  click: v.picklist(clicks),
  /** The incident's id. */
  incident: v.string(),
  cluster: v.string(),
  by: v.object({ id: v.string(), name: v.string(), team: v.string() }),
  responseUrl: v.string(),
})
export type ClickRequest = v.InferOutput<typeof clickRequest>

const text = v.optional(v.string(), '')

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const blockActions = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    type: v.literal('block_actions'),
    team: v.object({ id: v.string() }),
    user: v.object({ id: v.string(), username: text, name: text, team_id: v.optional(v.string()) }),
    response_url: v.string(),
    actions: v.array(
      v.object({
        value: v.optional(v.string()),
        selected_option: v.optional(v.nullable(v.object({ value: v.string() }))),
      }),
    ),
  }),
)

/**
 * A click in this workspace, or the HTTP status that refuses it: 400 if it is malformed or on no button of ours, 403 if it
 * comes from another workspace, such as that of a guest by Slack Connect.
 */
export function clickRequestOf(
  payload: string,
  { teamId, apiUrl }: Pick<Verification, 'teamId' | 'apiUrl'>,
): ClickRequest | 400 | 403 {
  const parsed = v.safeParse(blockActions, payload)
  if (!parsed.success) return 400
  const { team, user, response_url: responseUrl, actions } = parsed.output
  const [action] = actions
  const clicked = clickedOn(action?.selected_option?.value ?? action?.value ?? '')
  if (clicked === undefined) return 400
  if (team.id !== teamId || (user.team_id ?? team.id) !== teamId || !isOfSlack(responseUrl, apiUrl))
    return 403
  const name = user.username || user.name || user.id
  return { ...clicked, by: { id: user.id, name: name.slice(0, 100), team: team.id }, responseUrl }
}

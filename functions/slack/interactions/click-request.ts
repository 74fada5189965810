import * as v from 'valibot'
import { clickedOn, clicks } from '../messages/buttons.ts'
import { isOfSlack, type Refusal, type Workspace } from './workspace.ts'

/** A click on a button of this app. Names are untrusted text. */
export const clickRequest = v.object({
  type: v.literal('click'),
  click: v.picklist(clicks),
  /** The incident's id. */
  incident: v.string(),
  cluster: v.string(),
  by: v.object({ id: v.string(), name: v.string(), team: v.string() }),
  responseUrl: v.string(),
  /** Opens a modal, within three seconds. */
  triggerId: v.string(),
})
export type ClickRequest = v.InferOutput<typeof clickRequest>

const text = v.optional(v.string(), '')

/** The person who clicked or submitted. */
export const sender = {
  team: v.object({ id: v.string() }),
  user: v.object({ id: v.string(), username: text, name: text, team_id: v.optional(v.string()) }),
}
interface Sender {
  team: { id: string }
  user: { id: string; username: string; name: string; team_id?: string | undefined }
}

/** False for a guest from another workspace, by Slack Connect. */
export const isOfTeam = ({ team, user }: Sender, teamId: string): boolean =>
  team.id === teamId && (user.team_id ?? team.id) === teamId

export const personOf = ({ team, user }: Sender) => ({
  id: user.id,
  name: (user.username || user.name || user.id).slice(0, 100),
  team: team.id,
})

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const blockActions = v.object({
  type: v.literal('block_actions'),
  ...sender,
  response_url: v.string(),
  trigger_id: text,
  actions: v.array(
    v.object({
      value: v.optional(v.string()),
      selected_option: v.optional(v.nullable(v.object({ value: v.string() }))),
    }),
  ),
})

/** A click of this workspace on a button of this app. */
export function clickRequestOf(payload: object, { teamId, apiUrl }: Workspace): ClickRequest | Refusal {
  const parsed = v.safeParse(blockActions, payload)
  if (!parsed.success) return 400
  const { response_url: responseUrl, trigger_id: triggerId, actions } = parsed.output
  const [action] = actions
  const clicked = clickedOn(action?.selected_option?.value ?? action?.value ?? '')
  if (clicked === undefined) return 400
  if (!isOfTeam(parsed.output, teamId) || !isOfSlack(responseUrl, apiUrl)) return 403
  return {
    type: 'click',
    ...clicked,
    by: personOf(parsed.output),
    responseUrl,
    triggerId,
  }
}

import type { AnyBlock, ModalView } from '@slack/types'
import type { StoredMessage } from './server.ts'

/** A user in Slack's payloads. A guest through Slack Connect belongs to another team. */
export interface User {
  id: string
  username?: string
  name?: string
  team_id: string
}

export const teamId = 'T0123'
export const kari: User = { id: 'U1', username: 'kari', name: 'kari', team_id: teamId }

/** The response URL, and the trigger that opens a modal. */
export interface Ways {
  response_url: string
  trigger_id: string
}

interface Pressed {
  type: 'button' | 'overflow'
  action_id: string
  value?: string
  selected_option?: { text: object; value: string }
}

/**
 * Slack's payload for a click on a button or a menu option of a message whose blocks are in an attachment.
 * https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 * @param label text of the button or the option
 */
export function blockActions(message: StoredMessage, label: string, user: User, ways: Ways) {
  const { ts, channel, text, attachments } = message
  const action = pressed(message, label)
  return {
    type: 'block_actions',
    user,
    api_app_id: 'A0123',
    token: 'deprecated',
    container: {
      type: 'message_attachment',
      message_ts: ts,
      attachment_id: 1,
      channel_id: channel,
      is_ephemeral: false,
      is_app_unfurl: false,
    },
    team: { id: teamId, domain: 'testers' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel, name: 'kafka' },
    message: { type: 'message', text, attachments, ts, bot_id: 'B0123' },
    actions: [{ ...action, block_id: 'b1', action_ts: ts }],
    ...ways,
  }
}

function pressed({ attachments }: StoredMessage, label: string): Pressed {
  const elements = attachments
    .flatMap(({ blocks }) => blocks)
    .flatMap(block => (block.type === 'actions' ? block.elements : []))
  for (const element of elements) {
    if (element.type === 'button' && element.text.text === label) {
      const { action_id = '', value = '' } = element
      return { type: 'button', action_id, value }
    }
    const option =
      element.type === 'overflow' ? element.options.find(({ text }) => text.text === label) : undefined
    if (element.type === 'overflow' && option?.value !== undefined) {
      const { action_id = '' } = element
      return { type: 'overflow', action_id, selected_option: { text: option.text, value: option.value } }
    }
  }
  throw new Error(`the message has no "${label}"`)
}

/**
 * A form as Slack sends it once somebody has filled it in.
 * https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 * @param filled by the labels of the fields; the other fields keep the values with which the form opened
 */
export function viewSubmission(
  view: ModalView,
  filled: Record<string, string>,
  user: User,
  trigger_id: string,
) {
  return {
    type: 'view_submission',
    user,
    api_app_id: 'A0123',
    token: 'deprecated',
    team: { id: teamId, domain: 'testers' },
    trigger_id,
    view: {
      ...view,
      state: { values: Object.fromEntries(view.blocks.flatMap(block => field(block, filled))) },
    },
    response_urls: [],
  }
}

function field(block: AnyBlock, filled: Record<string, string>): [id: string, values: object][] {
  if (!('element' in block && 'label' in block)) return []
  const { block_id = '', element, label } = block
  const value = filled[label.text]
  const values =
    element.type === 'datepicker'
      ? { type: element.type, selected_date: value ?? element.initial_date ?? null }
      : { type: element.type, value: value ?? null }
  return [[block_id, { [element.action_id ?? '']: values }]]
}

/** https://docs.slack.dev/interactivity/implementing-slash-commands */
export const slashFields = (text: string, { id, username = '', team_id }: User, ways: Ways) => ({
  token: 'deprecated',
  team_id,
  team_domain: 'testers',
  channel_id: 'C01KAFKA',
  channel_name: 'kafka',
  user_id: id,
  user_name: username,
  command: '/offsets',
  text,
  api_app_id: 'A0123',
  is_enterprise_install: 'false',
  ...ways,
})

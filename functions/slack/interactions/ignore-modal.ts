import type { ModalView } from '@slack/types'
import * as v from 'valibot'
import type { SlackSettings } from '../../core/model/settings.ts'
import { iso } from '../../core/time.ts'
import { yamlOfRule } from '../../text/yaml-rule.ts'
import { code, escaped } from '../messages/text.ts'
import { isOfTeam, personOf, sender } from './click-request.ts'
import { isOfSlack, type Refusal, type Workspace } from './workspace.ts'

/** The values of the form, and where to answer. */
export const ignoreRequest = v.object({
  type: v.literal('ignore'),
  incident: v.string(),
  cluster: v.string(),
  by: v.object({ id: v.string(), name: v.string(), team: v.string() }),
  responseUrl: v.string(),
  /** Null for the incident's own group. */
  pattern: v.nullable(v.string()),
  reason: v.string(),
  /** ms since the epoch; NaN if no day is chosen. */
  until: v.union([v.number(), v.nan()]),
})
export type IgnoreRequest = v.InferOutput<typeof ignoreRequest>

/** Data that Slack keeps with the form. Slack signs it together with the rest. */
const metadata = v.object({
  incident: v.pipe(v.string(), v.regex(/^[0-9a-f]{8,12}$/)),
  cluster: v.string(),
  responseUrl: v.string(),
})

export type IgnoreSettings = Pick<SlackSettings, 'ignore' | 'ignoreFor' | 'ignoreForAtMost'>

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const section = (text: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text, verbatim: true },
})
const LONGEST_REASON = 300

/** The form behind Ignore…. @param now ms since the epoch */
export function ignoreModal(
  { group, ...kept }: v.InferOutput<typeof metadata> & { group: string },
  { ignore, ignoreFor }: IgnoreSettings,
  now: number,
): ModalView {
  const isProposal = ignore === 'propose'
  const note = isProposal ? ' This form only makes YAML for the settings. It makes no rule.' : ''
  return {
    type: 'modal',
    callback_id: 'ignore',
    private_metadata: JSON.stringify(kept),
    title: plain('Ignore a group'),
    submit: plain(isProposal ? 'Show YAML' : 'Ignore'),
    close: plain('Cancel'),
    blocks: [
      section(
        `${code(group)} on ${code(kept.cluster)}: no deadline is posted until the rule ends. A loss is still posted.${note}`,
      ),
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Reason'),
        element: { type: 'plain_text_input', action_id: 'reason', max_length: LONGEST_REASON },
      },
      {
        type: 'input',
        block_id: 'until',
        label: plain('Ends on this day, 00:00 UTC'),
        element: { type: 'datepicker', action_id: 'until', initial_date: iso(now + ignoreFor).slice(0, 10) },
      },
      {
        type: 'input',
        block_id: 'pattern',
        optional: true,
        label: plain('Pattern, for more groups'),
        hint: plain('Leave this field empty for this group alone. * stands for any characters.'),
        element: { type: 'plain_text_input', action_id: 'pattern', max_length: 255 },
      },
    ],
  }
}

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
const submission = v.object({
  type: v.literal('view_submission'),
  ...sender,
  view: v.object({
    callback_id: v.literal('ignore'),
    private_metadata: v.pipe(v.string(), v.parseJson(), metadata),
    state: v.object({
      values: v.object({
        reason: v.object({ reason: v.object({ value: v.nullish(v.string(), '') }) }),
        until: v.object({ until: v.object({ selected_date: v.nullish(v.string(), '') }) }),
        pattern: v.object({ pattern: v.object({ value: v.nullish(v.string(), '') }) }),
      }),
    }),
  }),
})

/** A submitted form of this workspace. */
export function ignoreRequestOf(payload: object, { teamId, apiUrl }: Workspace): IgnoreRequest | Refusal {
  const parsed = v.safeParse(submission, payload)
  if (!parsed.success) return 400
  const { private_metadata: kept, state } = parsed.output.view
  if (!isOfTeam(parsed.output, teamId) || !isOfSlack(kept.responseUrl, apiUrl)) return 403
  const { reason, until, pattern } = state.values
  return {
    type: 'ignore',
    ...kept,
    by: personOf(parsed.output),
    pattern: pattern.pattern.value.trim() || null,
    reason: reason.reason.value.trim().slice(0, LONGEST_REASON),
    until: Date.parse(until.until.selected_date),
  }
}

/** The answer to a form with mistakes, shown at the fields. */
export const fieldErrors = (errors: Partial<Record<'reason' | 'until' | 'pattern', string>>) => ({
  response_action: 'errors' as const,
  errors,
})

/**
 * Mistakes that the form alone shows; undefined if there are none.
 * @param now ms since the epoch
 */
export function mistakesIn(
  { reason, until, pattern }: IgnoreRequest,
  { ignoreForAtMost }: IgnoreSettings,
  now: number,
) {
  const latest = now + ignoreForAtMost
  const errors = {
    ...(reason === '' && { reason: 'Write a reason.' }),
    ...(!(until > now) && { until: 'Choose a day in the future.' }),
    ...(until > latest && { until: `Choose a day up to ${iso(latest).slice(0, 10)}.` }),
    ...(pattern !== null &&
      pattern.replaceAll('*', '').length < 3 && { pattern: 'Write at least three characters besides *.' }),
  }
  return Object.keys(errors).length > 0 ? fieldErrors(errors) : undefined
}

/** The rule as YAML for the settings, shown instead of the form. Like JSON, YAML can escape a backtick. */
export function proposal(cluster: string, rule: { pattern: string; reason: string; until: number }) {
  const yaml = `clusters:\n  - name: ${JSON.stringify(cluster)}\n    ignore:\n      ${yamlOfRule(rule)}`
  const shown = escaped(yaml.replaceAll('`', '\\u0060'))
  if (shown.length > 2_900) return fieldErrors({ reason: 'The names are too long to show here.' })
  const view: ModalView = {
    type: 'modal',
    title: plain('Ignore a group'),
    close: plain('Close'),
    blocks: [
      section('Merge this YAML into the settings. Nothing changes before that.'),
      section(`\`\`\`${shown}\`\`\``),
    ],
  }
  return { response_action: 'update' as const, view }
}

import type { Acted } from '../../jobs/act-on-incident.ts'
import { code, date } from '../messages/text.ts'
import type { EphemeralAnswer } from './offsets-answer.ts'

/** The current state, for the person who clicked; undefined if the message itself shows it. */
export function clickAnswer({ outcome, incident, failures }: Acted): EphemeralAnswer | undefined {
  const says = sentence(outcome, incident)
  if (says !== undefined) return { response_type: 'ephemeral', text: says }
  if (failures.length === 0) return undefined
  return {
    response_type: 'ephemeral',
    text: 'The action is done, but Slack has not confirmed the edit of the message. The next watch tries again.',
  }
}

function sentence(outcome: Acted['outcome'], incident: Acted['incident']): string | undefined {
  const { acknowledgedAt = null, acknowledgedBy, closed = null } = incident ?? {}
  switch (outcome) {
    case 'done':
      return undefined
    case 'none':
      return acknowledgedAt === null
        ? 'Nobody has acknowledged this incident, so there is nothing to undo.'
        : `This incident is already acknowledged: ${date(acknowledgedAt)}${acknowledgedBy ? ` by ${code(acknowledgedBy, 60)}` : ''}.`
    case 'closed':
      return `This incident is over${closed ? ` since ${date(closed.at)}` : ''}, so nothing has changed.`
    case 'superseded':
      return 'The group has a newer incident, so this one stays closed.'
    case 'forgotten':
    case 'unknown':
      return 'The watchdog no longer remembers this incident, so nothing has changed.'
  }
}

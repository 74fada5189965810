import type { ActionsBlock } from '@slack/types'
import type { Incident } from '../../core/alerts/alert-state.ts'
import { atRiskOf } from '../../core/alerts/incident.ts'
import type { Notice } from '../../core/alerts/notice.ts'

/** What a click asks for. */
export const clicks = ['acknowledge', 'undo', 'show-offsets'] as const
export type Click = (typeof clicks)[number]

const labels: Record<Click, string> = {
  acknowledge: 'Acknowledge',
  'show-offsets': 'Show offsets',
  undo: 'Undo',
}

/**
 * The buttons of a message of one incident. Undo is in a menu, since it is pressed by mistake otherwise. Summaries, replies
 * and digests have none: they are of many incidents, or stand below a message that has them.
 */
export function buttonsOf(notice: Notice): ActionsBlock[] {
  if (notice.type !== 'both') return isOfIncident(notice) ? [block(notice.cluster, notice.incident)] : []
  const { cluster, notices } = notice
  return notices.map(({ incident }) => block(cluster, incident, notices.length > 1))
}

const isOfIncident = (notice: Notice): notice is Extract<Notice, { incident: Incident }> =>
  'incident' in notice

/** What a button of ours carries; undefined: it is none. */
export function clickedOn(value: string): { click: Click; incident: string; cluster: string } | undefined {
  const [, name, incident, cluster] = /^([a-z-]+) ([0-9a-f]{8,12}) ([A-Za-z0-9._-]{1,100})$/.exec(value) ?? []
  const click = clicks.find(candidate => candidate === name)
  return click && incident && cluster ? { click, incident, cluster } : undefined
}

const subjects = { offset: 'offsets', records: 'unread records' } as const

/** @param isOneOfTwo the buttons say which of the group's incidents they are for */
function block(cluster: string, incident: Incident, isOneOfTwo = false): ActionsBlock {
  const { acknowledgedAt, closed } = incident
  // An option of a menu takes 150 characters.
  const value = (click: Click) => `${click} ${incident.id} ${cluster}`
  const label = (click: Click) =>
    isOneOfTwo && click === 'acknowledge' ? `${labels[click]} ${subjects[atRiskOf(incident)]}` : labels[click]
  const button = (click: Click) => ({
    type: 'button' as const,
    action_id: click,
    text: { type: 'plain_text' as const, text: label(click) },
    value: value(click),
  })
  const mayUndo = acknowledgedAt !== null && (closed === null || closed.why === 'acknowledged')
  return {
    type: 'actions',
    elements: [
      ...(acknowledgedAt === null && closed === null ? [button('acknowledge')] : []),
      button('show-offsets'),
      ...(mayUndo
        ? [
            {
              type: 'overflow' as const,
              action_id: 'menu',
              options: [{ text: { type: 'plain_text' as const, text: labels.undo }, value: value('undo') }],
            },
          ]
        : []),
    ],
  }
}

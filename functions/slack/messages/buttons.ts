import type { ActionsBlock } from '@slack/types'
import type { Incident } from '../../core/alerts/alert-state.ts'
import { atRiskOf, isLoss } from '../../core/alerts/incident.ts'
import type { Notice } from '../../core/alerts/notice.ts'

export const clicks = ['acknowledge', 'undo', 'show-offsets', 'ignore', 'unignore'] as const
type Click = (typeof clicks)[number]

const labels: Record<Click, string> = {
  acknowledge: 'Acknowledge',
  'show-offsets': 'Show offsets',
  undo: 'Undo',
  ignore: 'Ignore…',
  unignore: 'Stop ignoring',
}

/**
 * The buttons of a message about one incident. Undo and Ignore… are in a menu, to avoid clicks by mistake. Summaries,
 * replies and digests have no buttons: they are about many incidents, or are below a message with buttons.
 */
export function buttonsOf(notice: Notice, mayIgnore: boolean): ActionsBlock[] {
  if (notice.type !== 'both')
    return isOfIncident(notice) ? [block(notice.cluster, notice.incident, { mayIgnore })] : []
  const { cluster, notices } = notice
  const isOneOfTwo = notices.length > 1
  return notices.map(({ incident }) => block(cluster, incident, { mayIgnore, isOneOfTwo }))
}

const isOfIncident = (notice: Notice): notice is Extract<Notice, { incident: Incident }> =>
  'incident' in notice

/** The content of a button of this app; undefined for other buttons. */
export function clickedOn(value: string): { click: Click; incident: string; cluster: string } | undefined {
  const [, name, incident, cluster] = /^([a-z-]+) ([0-9a-f]{8,12}) ([A-Za-z0-9._-]{1,100})$/.exec(value) ?? []
  const click = clicks.find(candidate => candidate === name)
  return click && incident && cluster ? { click, incident, cluster } : undefined
}

const subjects = { offset: 'offsets', records: 'unread records' } as const

/** @param isOneOfTwo true if the buttons have to name the incident, because the message is about two */
function block(
  cluster: string,
  incident: Incident,
  { mayIgnore, isOneOfTwo = false }: { mayIgnore: boolean; isOneOfTwo?: boolean },
): ActionsBlock {
  const { acknowledgedAt, closed, ignoredBy } = incident
  // An option of a menu holds at most 150 characters.
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
  const menu: Click[] = [
    ...(mayUndo ? ['undo' as const] : []),
    ...(mayIgnore && closed === null && !isLoss(incident) ? ['ignore' as const] : []),
    ...(ignoredBy ? ['unignore' as const] : []),
  ]
  const options = menu.map(click => ({
    text: { type: 'plain_text' as const, text: label(click) },
    value: value(click),
  }))
  return {
    type: 'actions',
    elements: [
      ...(acknowledgedAt === null && closed === null ? [button('acknowledge')] : []),
      button('show-offsets'),
      ...(options.length > 0 ? [{ type: 'overflow' as const, action_id: 'menu', options }] : []),
    ],
  }
}

import type { SilenceNotice } from '../../core/alerts/notice.ts'
import { count } from '../../text/count.ts'
import { alike } from '../../text/name-family.ts'
import { visible } from '../../text/visible.ts'
import { statusCommand } from './command.ts'
import type { Draft } from './layout.ts'
import { code, date, escaped, rows } from './text.ts'

/** The message at the end of a silence, with the events during it. */
export function draftSilence({ cluster, takenAt, silence, open, over, lost, moved }: SilenceNotice): Draft {
  const { pattern, from, until, reason, by, id } = silence
  const what = [
    open.length > 0 &&
      `${count(open.length, 'group')} came near a deadline and ${open.length === 1 ? 'is' : 'are'} still near it`,
    over.length > 0 &&
      `${count(over.length, 'group')} came near a deadline and no longer ${over.length === 1 ? 'is' : 'are'} near it`,
    lost.length > 0 && `${count(lost.length, 'group')} lost offsets or records`,
    moved.length > 0 &&
      `${count(moved.length, 'group')} had offsets that moved back or were deleted with a topic`,
  ].filter(part => part !== false)
  const list = (title: string, groups: string[]) =>
    groups.length === 0 ? '' : `*${title}:*\n${rows(rowsOf(groups), groups.length)}`
  return {
    colour: open.length > 0 ? 'amber' : 'grey',
    headline: `The silence for ${code(pattern)} on ${code(cluster)} has ended: ${what.length > 0 ? what.join(', ') : 'nothing happened'}.`,
    sections: [
      `*Reason:* ${cut(reason, 300)}${by === null ? '' : ` (${cut(by, 100)})`}`,
      list('Near a deadline', open),
      list('No longer near a deadline', over),
      list('Lost', lost),
      list('Moved back, or deleted with a topic', moved),
      open.length > 0 ? `*All of them:*\n${statusCommand(cluster)}` : '',
    ],
    footer: `Silent from ${date(from)} to ${date(until)} · snapshot of ${date(takenAt)}`,
    key: { cluster, silence: id },
  }
}

const rowsOf = (groups: string[]) =>
  alike(groups, group => group).map(({ family, items }) => ({
    line: family === undefined ? code(items[0], 60) : `${count(items.length, 'group')} ${code(family, 60)}`,
    items: items.length,
  }))

const cut = (text: string, longest: number): string =>
  escaped(Array.from(visible(text)).slice(0, longest).join(''))

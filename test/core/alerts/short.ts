import type { DueMessage } from '../../../functions/core/alerts/message.ts'

/** A message in short: `post` or `edit`, its subject, and whether it mentions somebody. */
function short({ edits, message }: DueMessage): string {
  const { key, covers, notice, reply } = message
  const lastCall = edits ? [] : covers.filter(each => each.endsWith('/last-call')).map(() => '+last')
  const slot = [key.endsWith('/last-call') ? 'last' : 'parent', ...lastCall].join('')
  const verb = edits ? 'edit' : 'post'
  switch (notice.type) {
    case 'expiring':
      return [verb, slot, notice.resolved ?? notice.level, notice.mention && 'mention']
        .filter(Boolean)
        .join(' ')
    case 'records':
      return [verb, 'records', slot, notice.resolved ?? notice.level, notice.mention && 'mention']
        .filter(Boolean)
        .join(' ')
    case 'both':
      return [
        verb,
        'both',
        notice.notices.map(each => `${each.type} ${each.resolved ?? each.level}`).join(' and '),
        lastCall.join(''),
        notice.mention && 'mention',
      ]
        .filter(Boolean)
        .join(' ')
    case 'records-lost':
      return [verb, `${notice.atMost} lost`, notice.resolved, notice.mention && 'mention']
        .filter(Boolean)
        .join(' ')
    case 'never-committed':
      return [verb, 'never committed', notice.resolved, notice.entries.map(({ topic }) => topic).join(' ')]
        .filter(Boolean)
        .join(' ')
    case 'loss':
      return [verb, 'loss', notice.resolved, notice.mention && 'mention'].filter(Boolean).join(' ')
    case 'unknown-age':
      return `${verb} ${notice.groups} of unknown age`
    case 'reply':
      return `${reply === 'broadcast' ? 'broadcast' : 'reply'} ${notice.reply}`
    case 'summary':
      return [verb, 'summary of', notice.open, notice.kind, notice.mention && 'mention']
        .filter(Boolean)
        .join(' ')
    case 'digest':
      return `${verb} digest of ${notice.entries.map(entry => `${entry.case} ${entry.group}`).join(', ')}`
    case 'trouble':
      return [verb, notice.trouble.kind, notice.slot].join(' ')
    case 'silence':
      return `${verb} end of silence${notice.mention ? ' mention' : ''}: ${notice.open.length} open, ${notice.over.length} over, ${[`${notice.lost.length} lost`, ...notice.moved].join(', ')}`
    case 'week':
      return `${verb} week`
  }
}

export const shorts = (due: DueMessage[]) => due.map(short)

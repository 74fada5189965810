import type { Notice } from '../../core/alerts/notice.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import type { SlackMessage } from './layout.ts'

/**
 * True if minutes are too coarse, because everything happens within an hour: offsets.retention.minutes may be one
 * minute.
 */
export function isBrief(notice: Notice): boolean {
  switch (notice.type) {
    case 'expiring':
    case 'loss':
      return notice.retention.retention !== null && notice.retention.retention < HOUR
    case 'records':
      return notice.partitions.some(({ unread }) => unread.retention !== null && unread.retention < HOUR)
    case 'records-lost':
      return notice.commits.some(({ unread }) => unread?.retention != null && unread.retention < HOUR)
    case 'both':
      return notice.notices.some(isBrief)
    case 'reply':
      return isBrief(notice.about)
    case 'summary':
      return notice.worst.some(isBrief)
    case 'trouble':
      return notice.interval < MINUTE
    case 'unknown-age':
      return notice.knownFrom - notice.takenAt < HOUR && notice.groups > 0
    case 'never-committed':
    case 'digest':
    case 'silence':
    case 'week':
      return false
  }
}

/**
 * The same message with times to the second. https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */
export function toTheSecond(message: SlackMessage): SlackMessage {
  const [attachment] = message.attachments
  return {
    ...message,
    text: precise(message.text),
    attachments: [
      {
        ...attachment,
        fallback: precise(attachment.fallback),
        blocks: attachment.blocks.map(block => {
          if (block.type === 'section') return { ...block, ...(block.text && { text: exact(block.text) }) }
          if (block.type === 'actions') return block
          return {
            ...block,
            elements: block.elements.map(element => (element.type === 'image' ? element : exact(element))),
          }
        }),
      },
    ],
  }
}

const exact = <T extends { text: string }>(part: T): T => ({ ...part, text: precise(part.text) })

const precise = (text: string): string =>
  text.replace(/<!date\^(\d+)\^([^|>]*)\{time\}\|[^>]*>/g, (_, seconds: string, format: string) => {
    const utc = new Date(Number(seconds) * 1000).toISOString()
    return `<!date^${seconds}^${format}{time_secs}|${utc.slice(0, 10)} ${utc.slice(11, 19)} UTC>`
  })

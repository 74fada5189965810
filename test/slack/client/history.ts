import type { StoredMessage } from '../server.ts'
import type { Answer } from '../server-answers.ts'

/**
 * A channel's messages, newest first, or a thread's, oldest first, in pages and after `oldest`, as Slack returns them.
 * Metadata comes only on request. https://docs.slack.dev/reference/methods/conversations.history,
 * https://docs.slack.dev/apis/web-api/pagination
 */
export function pageOf(inOrder: readonly StoredMessage[], args: Record<string, string>): Answer {
  const wanted = inOrder.filter(({ ts }) => Number(ts) > Number(args.oldest ?? 0))
  const after = args.cursor ? wanted.findIndex(({ ts }) => cursorOf(ts) === args.cursor) : -1
  if (args.cursor && after < 0) return { ok: false, error: 'invalid_cursor' }

  const start = after + 1
  const end = start + Math.min(Number(args.limit ?? 100), 999)
  const page = wanted.slice(start, end)
  const last = page.at(-1)
  const hasMore = end < wanted.length
  return {
    ok: true,
    messages: page.map(({ text, ts, metadata }) => ({
      text,
      ts,
      ...(args.include_all_metadata === 'true' && { metadata }),
    })),
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore && last ? cursorOf(last.ts) : '' },
  }
}

const cursorOf = (ts: string): string => Buffer.from(`next_ts:${ts}`).toString('base64')

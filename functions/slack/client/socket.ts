import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import * as v from 'valibot'

/** https://docs.slack.dev/apis/events-api/using-socket-mode */
const slackMessage = v.variant('type', [
  v.object({ type: v.literal('hello'), num_connections: v.optional(v.number(), 1) }),
  v.object({ type: v.literal('disconnect'), reason: v.optional(v.string(), 'unknown') }),
  v.object({
    type: v.picklist(['slash_commands', 'interactive']),
    envelope_id: v.string(),
    payload: v.looseObject({ trigger_id: v.optional(v.string()) }),
    accepts_response_payload: v.optional(v.boolean(), false),
  }),
])

/** One slash command or interaction. Slack expects the acknowledgement within three seconds. */
export type Envelope = Extract<v.InferOutput<typeof slackMessage>, { envelope_id: string }>

/** Slack's reason to end a connection, or `closed` or `silent`. */
export type EndReason = string

/** One Socket Mode connection to Slack. */
export interface Socket {
  /** Number of the app's connections, including this one; undefined if the connection ends before Slack says hello. */
  hello: Promise<number | undefined>
  /**
   * Resolves when the connection ends or is about to end. After `warning` and `refresh_requested` it still works for a
   * while.
   */
  ended: Promise<EndReason>
  closed: Promise<void>
  send(message: object): void
  /** Resolves once the connection is closed, or after a second. */
  close(): Promise<void>
}

/** Node publishes pings on this channel; its WebSocket has no event for them. */
const pings = 'undici:websocket:ping'

/**
 * @param url from apps.connections.open
 * @param silence ms without a message or ping after which the connection counts as dead
 */
export function openSocket(
  url: string,
  onEnvelope: (envelope: Envelope, socket: Socket) => void,
  silence: number,
): Socket {
  const webSocket = new WebSocket(url)
  const hello = Promise.withResolvers<number | undefined>()
  const ended = Promise.withResolvers<EndReason>()
  const closed = Promise.withResolvers<void>()

  function end(reason: EndReason): void {
    hello.resolve(undefined)
    ended.resolve(reason)
  }
  const silent = setTimeout(() => {
    end('silent')
    webSocket.close()
  }, silence)
  const onPing = (message: unknown) => {
    const published = typeof message === 'object' && message !== null ? message : {}
    // Node 22 does not say which WebSocket was pinged. This process only has WebSockets to Slack.
    if (!('websocket' in published) || published.websocket === webSocket) silent.refresh()
  }
  subscribe(pings, onPing)

  const socket: Socket = {
    hello: hello.promise,
    ended: ended.promise,
    closed: closed.promise,
    send: message => webSocket.send(JSON.stringify(message)),
    async close() {
      webSocket.close(1000)
      const giveUp = setTimeout(closed.resolve, 1000)
      await closed.promise
      clearTimeout(giveUp)
    },
  }
  webSocket.addEventListener('message', ({ data }) => {
    silent.refresh()
    const parsed = v.safeParse(slackMessage, jsonIn(data))
    // Slack may send other kinds of messages, which this app ignores.
    if (!parsed.success) return
    const { output } = parsed
    if (output.type === 'hello') hello.resolve(output.num_connections)
    else if (output.type === 'disconnect') end(output.reason)
    else onEnvelope(output, socket)
  })
  webSocket.addEventListener('close', () => {
    clearTimeout(silent)
    unsubscribe(pings, onPing)
    end('closed')
    closed.resolve()
  })
  return socket
}

function jsonIn(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

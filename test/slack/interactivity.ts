import type { IncomingMessage, Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModalView } from '@slack/types'
import { WebSocket, WebSocketServer } from 'ws'
import { blockActions, kari, slashFields, type User, viewSubmission } from './payloads.ts'
import type { StoredMessage } from './server.ts'
import { type Answer, refuse } from './server-answers.ts'

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'

export interface Acknowledgement {
  /** The payload that the app returns with its acknowledgement. */
  payload: object | undefined
  /** Number of times that the envelope was sent. */
  attempts: number
}

/** People's actions in Slack, and how they reach an app. */
export interface Interactivity {
  appToken: string
  /** The scopes of the app-level token. */
  appScopes: string[]
  /** Connections of other processes, which `hello` counts. */
  otherConnections: number
  /** ms until an unacknowledged envelope is repeated. Slack's 3,000 are too few for a client on a busy machine. */
  acknowledgeWithin: number
  /** Reasons that refuse the next connections before their `hello`, one each. */
  refusedConnections: DisconnectReason[]
  /** Answers to the response URLs of payloads. */
  responses: Record<string, unknown>[]
  views: ModalView[]
  userGroups: Map<string, string[]>
  /** Number of envelopes. */
  sent: number
  connections(): number
  /** The payload of a click. @param label of the button or the option */
  click(message: StoredMessage, label: string, user?: User): ReturnType<typeof blockActions>
  /** The payload of a submitted form. @param filled values by the labels of the fields */
  submit(view: ModalView, filled: Record<string, string>, user?: User): ReturnType<typeof viewSubmission>
  /** The fields of `/offsets`. */
  command(text: string, user?: User): ReturnType<typeof slashFields>
  /** Sends the payload to one connection, and repeats it until the app acknowledges it. */
  deliver(type: 'interactive' | 'slash_commands', payload: object): Promise<Acknowledgement>
  /** Sends the reason to each connection, and ends the connections if Slack ends them at once for this reason. */
  disconnect(reason: DisconnectReason): void
  stopPings(): void
  /** Stops pings and answers, like a network that drops packets. */
  fallSilent(): void
  /** Ends the three seconds in which a trigger can open a modal. */
  expireTriggers(): void
}

/** ms between two pings. */
const PING_EVERY = 200

/** https://docs.slack.dev/apis/events-api/using-socket-mode */
export function interactivityOf(server: Server, api: () => string) {
  const webSockets = new WebSocketServer({ noServer: true })
  const tickets = new Set<string>()
  const triggers = new Map<string, 'fresh' | 'expired' | 'exchanged'>()
  const answersLeft = new Map<string, number>()
  const waiting = new Map<string, (payload: object | undefined) => void>()
  let count = 0
  const open = () => [...webSockets.clients].filter(({ readyState }) => readyState === WebSocket.OPEN)
  const send = (socket: WebSocket, message: object) => socket.send(JSON.stringify(message))

  /** A trigger and a response URL that belong to one click. */
  function ways() {
    const trigger_id = `${++count}.abc`
    triggers.set(trigger_id, 'fresh')
    answersLeft.set(`hooks/${count}`, 5)
    return { trigger_id, response_url: new URL(`/hooks/${count}`, api()).href }
  }

  const slack: Interactivity = {
    appToken: `xapp-1-A0123-${Math.random().toString(36).slice(2)}`,
    appScopes: ['connections:write'],
    otherConnections: 0,
    acknowledgeWithin: 60_000,
    refusedConnections: [],
    responses: [],
    views: [],
    userGroups: new Map(),
    sent: 0,
    connections: () => open().length,
    click: (message, label, user = kari) => blockActions(message, label, user, ways()),
    submit: (view, filled, user = kari) => viewSubmission(view, filled, user, ways().trigger_id),
    command: (text, user = kari) => slashFields(text, user, ways()),

    async deliver(type, payload) {
      const envelope_id = `e${++count}`
      const acknowledged = new Promise<object | undefined>(resolve => waiting.set(envelope_id, resolve))
      for (let attempts = 1; ; attempts++) {
        const [socket] = open().reverse()
        if (socket === undefined) throw new Error('no connection takes it')
        slack.sent++
        const again = attempts > 1 && { retry_attempt: attempts - 1, retry_reason: 'timeout' }
        send(socket, { type, envelope_id, payload, accepts_response_payload: true, ...again })
        const answer = await Promise.race([
          acknowledged.then(payload => ({ payload })),
          sleep(slack.acknowledgeWithin, undefined, { ref: false }),
        ])
        if (answer) return { ...answer, attempts }
      }
    },

    disconnect(reason) {
      for (const socket of open()) {
        send(socket, { type: 'disconnect', reason, debug_info: { host: 'applink-1' } })
        // Slack sends a warning about ten seconds before it ends the connection.
        if (reason !== 'warning') socket.close()
      }
    },

    stopPings: () => clearInterval(pinging),

    fallSilent() {
      clearInterval(pinging)
      for (const socket of open()) socket.pause()
    },

    expireTriggers() {
      for (const [id, state] of triggers) if (state === 'fresh') triggers.set(id, 'expired')
    },
  }

  const pinging = setInterval(() => {
    for (const socket of open()) socket.ping()
  }, PING_EVERY).unref()

  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const ticket = new URL(request.url ?? '', api()).searchParams.get('ticket') ?? ''
    // Each address works once.
    if (!tickets.delete(ticket)) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
    webSockets.handleUpgrade(request, socket, head, connected => {
      // A client that gives up a silent connection may reset it.
      connected.on('error', () => {})
      const refusal = slack.refusedConnections.shift()
      if (refusal) {
        send(connected, { type: 'disconnect', reason: refusal })
        connected.close()
        return
      }
      connected.on('message', data => {
        const { envelope_id, payload } = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '')
        waiting.get(envelope_id)?.(payload)
      })
      send(connected, {
        type: 'hello',
        num_connections: open().length + slack.otherConnections,
        connection_info: { app_id: 'A0123' },
        debug_info: { host: 'applink-1', approximate_connection_time: 18060 },
      })
    })
  })

  return {
    slack,

    methods: {
      'apps.connections.open': (): Answer => {
        const ticket = `t${++count}`
        tickets.add(ticket)
        return { ok: true, url: new URL(`/link?ticket=${ticket}`, api().replace(/^http/, 'ws')).href }
      },

      /** https://docs.slack.dev/reference/methods/usergroups.users.list */
      'usergroups.users.list': ({ usergroup = '' }: Record<string, string>): Answer => {
        const users = slack.userGroups.get(usergroup)
        return users ? { ok: true, users } : refuse('no_such_subteam')
      },

      /** https://docs.slack.dev/reference/methods/views.open */
      'views.open': ({ trigger_id = '', view = '{}' }: Record<string, string>): Answer => {
        const state = triggers.get(trigger_id)
        if (state === undefined) return refuse('invalid_trigger_id')
        if (state !== 'fresh') return refuse(`${state}_trigger_id`)
        triggers.set(trigger_id, 'exchanged')
        slack.views.push(JSON.parse(view))
        return { ok: true, view: { id: `V${slack.views.length}`, ...JSON.parse(view) } }
      },
    },

    /**
     * A response URL accepts five answers.
     * @returns undefined if the path is no response URL
     */
    hook(path: string, body: string): 200 | 404 | undefined {
      const left = answersLeft.get(path)
      if (left === undefined) return undefined
      if (left === 0) return 404
      answersLeft.set(path, left - 1)
      slack.responses.push(JSON.parse(body))
      return 200
    },

    stop() {
      clearInterval(pinging)
      for (const socket of webSockets.clients) socket.terminate()
      webSockets.close()
    },
  }
}

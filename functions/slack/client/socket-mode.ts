import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/model/failure.ts'
import { MINUTE } from '../../core/time.ts'
import { type EndReason, type Envelope, openSocket, type Socket } from './socket.ts'

export interface SocketMode {
  /** The address of a new connection. @throws Failure */
  open: () => Promise<string>
  /** Slack gets the answer within three seconds; the work follows. */
  receive(payload: object): Promise<{ answer?: object | undefined; work?: (() => Promise<void>) | undefined }>
  /** Reports an error; the connection continues. */
  report: (error: unknown) => void
  /** Ends the connection. */
  signal: AbortSignal
  /** ms before the second attempt, doubled for each further one. */
  firstPause?: number | undefined
  /** ms without a message or ping after which a connection counts as dead. Slack pings every few seconds. */
  silence?: number | undefined
}

/** ms. */
const LONGEST_PAUSE = 5 * MINUTE

/**
 * ms. After a shorter connection there is a pause, so that two processes do not take the connection from each other in
 * turns.
 */
const SHORT_LIFE = 10_000

/** ms that running work has left when the process stops. */
const LAST_WORK = 10_000

/**
 * Answers by Socket Mode until the signal aborts. This code does not use `@slack/socket-mode`: that package brings 5 MB
 * (a second undici and Node's types), hides the number of the app's connections, and does not distinguish the reasons
 * to disconnect. https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export async function answerBySocketMode(mode: SocketMode): Promise<void> {
  const { open, report, signal, firstPause = 1000, silence = 30_000 } = mode
  const stopped = new Promise<undefined>(resolve => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const envelopes = envelopeReader(mode)
  const sockets = new Set<Socket>()
  /** True if Slack may still count a broken connection. */
  let mayLinger = false
  let told: string | undefined
  /** Reports a sentence once, until another sentence or none is true. */
  function tell(sentence: string | undefined): void {
    if (sentence !== undefined && sentence !== told) report(new Failure(sentence))
    told = sentence
  }

  /** @returns why the connection ended; undefined if the signal ended it */
  async function connection(): Promise<EndReason | undefined> {
    const older = [...sockets]
    const socket = openSocket(await open(), (envelope, from) => envelopes.take(envelope, from), silence)
    sockets.add(socket)
    void socket.closed.then(() => sockets.delete(socket))
    const connections = await Promise.race([socket.hello, stopped])
    if (connections !== undefined) {
      tell(mayLinger ? undefined : othersSentence(connections - sockets.size))
      mayLinger = false
      for (const replaced of older) void replaced.close()
    }
    const reason = await Promise.race([socket.ended, stopped])
    mayLinger ||= reason === 'silent' || reason === 'closed'
    if (reason === undefined || isPlanned(reason)) return reason
    const sentence = sentenceOf(reason, connections !== undefined)
    if (sentence) tell(sentence)
    await socket.close()
    return reason
  }

  for (let failures = 0; !signal.aborted; ) {
    const since = performance.now()
    const reason = await connection().catch((error: unknown) => {
      if (error instanceof Failure) tell(error.message)
      else report(error)
      return 'failed'
    })
    const isShort = performance.now() - since < SHORT_LIFE
    if (!isShort) failures = 0
    if (reason === undefined || (isPlanned(reason) && !isShort)) continue
    const pause = Math.min(firstPause * 2 ** failures++, LONGEST_PAUSE) * (0.5 + Math.random() / 2)
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
  await Promise.all([...sockets].map(socket => socket.close()))
  await Promise.race([envelopes.settled(), sleep(LAST_WORK, undefined, { ref: false })])
}

/** Slack moves a connection every few hours, and announces it about ten seconds before. */
const isPlanned = (reason: EndReason) => reason === 'warning' || reason === 'refresh_requested'

const othersSentence = (others: number) =>
  others > 0
    ? `the Slack app has ${others === 1 ? 'another connection' : `${others} other connections`} by Socket Mode, and Slack sends each click to only one connection. Stop the other processes that use this SLACK_APP_TOKEN.`
    : undefined

/** The problem that a person has to fix; undefined if the next attempt is enough. */
function sentenceOf(reason: EndReason, isGreeted: boolean): string | undefined {
  switch (reason) {
    case 'link_disabled':
      return 'Slack has ended the connection, because Socket Mode is switched off in the settings of the app. Switch it on, or unset SLACK_APP_TOKEN.'
    case 'too_many_websockets':
      return 'Slack has ended the connection, because the app has too many connections. Stop the other processes that use this SLACK_APP_TOKEN.'
  }
  return isGreeted
    ? undefined
    : `cannot connect to Slack by Socket Mode: the WebSocket ended before Slack said hello (${reason}). Check whether the network and any proxy let WebSockets to Slack pass.`
}

/** Number of envelopes to remember. Slack resends an envelope if it missed the acknowledgement. */
const REMEMBERED = 1000

/** Acknowledges each envelope, and does its work once. */
function envelopeReader({ receive, report }: Pick<SocketMode, 'receive' | 'report'>) {
  const received = new Map<string, ReturnType<SocketMode['receive']>>()
  const working = new Set<Promise<void>>()

  async function read(envelope: Envelope, socket: Socket): Promise<void> {
    const { envelope_id, payload, accepts_response_payload } = envelope
    // The trigger id is the same for one click, even if Slack resends the click in another envelope.
    const id = payload.trigger_id ?? envelope_id
    const known = received.get(id)
    const receiving = known ?? receive(payload)
    if (!known) remember(id, receiving)
    try {
      const { answer, work } = await receiving
      socket.send({ envelope_id, ...(accepts_response_payload && answer && { payload: answer }) })
      if (!known) await work?.()
    } catch (error) {
      // Without an acknowledgement Slack sends the envelope again.
      report(error)
    }
  }

  function remember(id: string, receiving: ReturnType<SocketMode['receive']>): void {
    received.set(id, receiving)
    receiving.catch(() => received.delete(id))
    const [oldest] = received.keys()
    if (received.size > REMEMBERED && oldest !== undefined) received.delete(oldest)
  }

  return {
    take(envelope: Envelope, socket: Socket): void {
      const work = read(envelope, socket)
      working.add(work)
      void work.finally(() => working.delete(work))
    },
    settled: () => Promise.allSettled(working),
  }
}

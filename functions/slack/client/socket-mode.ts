import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/model/failure.ts'
import { MINUTE } from '../../core/time.ts'
import { type EndReason, type Envelope, openSocket, type Socket } from './socket.ts'

export interface SocketMode {
  /** The address of a new connection. @throws Failure */
  open(): Promise<string>
  /** Slack gets the answer within three seconds; the work comes after. */
  receive(payload: object): Promise<{ answer?: object | undefined; work?: (() => Promise<void>) | undefined }>
  /** Tells what went wrong; nothing stops for it. */
  report(error: unknown): void
  /** Closes the connection. */
  signal: AbortSignal
  /** ms before the second attempt, doubled for each further one. */
  firstPause?: number | undefined
  /** ms; Slack pings every few seconds. */
  silence?: number | undefined
}

/** ms */
const LONGEST_PAUSE = 5 * MINUTE

/** ms. After a shorter life comes a pause, so that two processes do not take the connection from each other in turns. */
const SHORT_LIFE = 10_000

/** ms for work that has begun when the process is to stop. */
const LAST_WORK = 10_000

/**
 * Answers by Socket Mode until the signal aborts. It does not use `@slack/socket-mode`, which brings 5 MB (a second undici
 * and Node's types), hides how many connections the app has, and does not tell one reason to disconnect from another.
 * https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export async function answerBySocketMode(mode: SocketMode): Promise<void> {
  const { open, report, signal, firstPause = 1000, silence = 30_000 } = mode
  const stopped = new Promise<undefined>(resolve => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const envelopes = envelopeReader(mode)
  const sockets = new Set<Socket>()
  /** Slack may still count a connection that broke. */
  let mayLinger = false
  let told: string | undefined
  /** Each sentence once, until another one or none is true. */
  function tell(sentence: string | undefined): void {
    if (sentence !== undefined && sentence !== told) report(new Failure(sentence))
    told = sentence
  }

  /** @returns why the connection ended; undefined: because of the signal */
  async function connection(): Promise<EndReason | undefined> {
    const older = [...sockets]
    const socket = openSocket(await open(), envelopes.take, silence)
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

/** Slack moves a connection every few hours, and says so about ten seconds before. */
const isPlanned = (reason: EndReason) => reason === 'warning' || reason === 'refresh_requested'

const othersSentence = (others: number) =>
  others > 0
    ? `the Slack app has ${others === 1 ? 'another connection' : `${others} other connections`} by Socket Mode, and Slack sends each click to only one of them: stop the other processes that use this SLACK_APP_TOKEN.`
    : undefined

/** What a person has to put right; undefined: nothing, since the next attempt will do. */
function sentenceOf(reason: EndReason, isGreeted: boolean): string | undefined {
  switch (reason) {
    case 'link_disabled':
      return 'Slack has ended the connection, since Socket Mode is switched off in the settings of the app: switch it on, or unset SLACK_APP_TOKEN.'
    case 'too_many_websockets':
      return 'Slack has ended the connection, since the app has too many of them: stop the other processes that use this SLACK_APP_TOKEN.'
  }
  return isGreeted
    ? undefined
    : `cannot connect to Slack by Socket Mode: the WebSocket ended before Slack said hello (${reason}). Check whether the network and any proxy let WebSockets to Slack pass.`
}

/** Envelopes that are remembered: Slack sends one again where it has missed the acknowledgement. */
const REMEMBERED = 1000

/** Acknowledges envelopes, and does the work of each once. */
function envelopeReader({ receive, report }: Pick<SocketMode, 'receive' | 'report'>) {
  const received = new Map<string, ReturnType<SocketMode['receive']>>()
  const working = new Set<Promise<void>>()

  async function read(envelope: Envelope, socket: Socket): Promise<void> {
    const { envelope_id, payload, accepts_response_payload } = envelope
    // It stays the same for one click, whatever envelope the click comes in.
    const id = payload.trigger_id ?? envelope_id
    const known = received.get(id)
    const receiving = known ?? receive(payload)
    if (!known) remember(id, receiving)
    try {
      const { answer, work } = await receiving
      socket.send({ envelope_id, ...(accepts_response_payload && answer && { payload: answer }) })
      if (!known) await work?.()
    } catch (error) {
      // Not acknowledged, it comes again.
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

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startJava } from '../brokers/java.ts'
import { clientsClasspath } from '../brokers/libraries.ts'
import { type Change, type Key, keyOf } from './history.ts'

/** Kafka's own Admin client in its own process: it shares neither code nor a connection with the code under test. */
export interface Witness extends AsyncDisposable {
  history(key: Key): readonly Change[]
  /** The committed offset at the last poll; null if there is none. */
  committed(key: Key): bigint | null
  /** Resolves after each group was asked for, and answered, once more. */
  untilAnswered(): Promise<void>
  /** @throws after `timeoutMs`, or if the witness has ended */
  until(holds: () => boolean, what: string, timeoutMs?: number): Promise<void>
}

const pollMs = 75

/** Watches all offsets of these groups from now on. Throws a Failure if there is no JDK. */
export async function startWitness(
  bootstrap: readonly string[],
  groups: readonly string[],
): Promise<Witness> {
  const options = ['-Xmx128m', ...(await clientsClasspath())]
  const source = fileURLToPath(new URL('Witness.java', import.meta.url))
  const java = await startJava(options, source, [bootstrap.join(), String(pollMs), ...groups])

  const histories = new Map<string, Change[]>()
  let watchedUntil = 0
  let ended = false
  void java.ended.then(() => {
    ended = true
  })
  java.onLine(line => {
    if (!line.startsWith('{')) return
    const said: Said = JSON.parse(line)
    if ('watchedUntil' in said) watchedUntil = said.watchedUntil
    else
      history(said).push({
        offset: said.offset === null ? null : BigInt(said.offset),
        after: said.after,
        by: said.by,
      })
  })

  function history(key: Key): Change[] {
    const known = histories.get(keyOf(key))
    if (known) return known
    const empty: Change[] = []
    histories.set(keyOf(key), empty)
    return empty
  }

  const witness: Witness = {
    history,
    committed: key => history(key).at(-1)?.offset ?? null,
    async untilAnswered() {
      const now = Date.now()
      await witness.until(() => watchedUntil > now, 'all coordinators answer')
    },

    async until(holds, what, timeoutMs = 60_000) {
      const end = Date.now() + timeoutMs
      while (!holds()) {
        if (ended) throw new Error(`The witness ended. Its last lines:\n${java.lastLines()}`)
        if (Date.now() > end) throw new Error(`${timeoutMs / 1000} s are over, and still not: ${what}`)
        await sleep(20)
      }
    },

    async [Symbol.asyncDispose]() {
      java.signal('SIGKILL')
      await java.ended
    },
  }
  await witness.untilAnswered()
  return witness
}

type Said = { watchedUntil: number } | (Key & { offset: string | null; after: number; by: number })

import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Failure } from '../../core/model/failure.ts'
import { visible } from '../../text/visible.ts'

interface Terminal {
  signal: AbortSignal
  input?: NodeJS.ReadableStream
  output?: NodeJS.WritableStream
}

/**
 * Asks for the name on the terminal: whoever types it has read which group it is.
 * @throws Failure where something else was typed; the signal's reason once it is aborted
 */
export async function confirm(
  name: string,
  question: string,
  { signal, input = process.stdin, output = process.stderr }: Terminal,
): Promise<void> {
  // To press Enter is no confirmation, also where the name is empty or blank.
  const shown = name.trim() === '' ? JSON.stringify(name) : visible(name)
  const terminal = createInterface({ input, output })
  // On a terminal Ctrl-C comes as a key, and Ctrl-D closes it: neither may leave the question open.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const closed = once(terminal, 'close').then(() => '')
  try {
    const asked = terminal.question(`${question} (${shown}): `, { signal })
    const typed = await Promise.race([asked, closed])
    // What cannot be seen cannot be typed either, so it is typed as it is shown.
    if (typed === shown || (typed.trim() !== '' && typed.trim() === name.trim())) return
  } catch (error) {
    if (!signal.aborted) throw error
    output.write('\nNothing was written.\n')
    throw signal.reason
  } finally {
    terminal.close()
  }
  throw new Failure('that is not its name: nothing was written.', { exitCode: 2 })
}

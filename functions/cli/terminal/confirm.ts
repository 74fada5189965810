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
 * Asks the user to type the name on the terminal, so that the user has read which group it is.
 * @throws Failure if something else was typed; the signal's reason if it is aborted
 */
export async function confirm(
  name: string,
  question: string,
  { signal, input = process.stdin, output = process.stderr }: Terminal,
): Promise<void> {
  // Enter alone never confirms, even if the name is empty or blank.
  const shown = name.trim() === '' ? JSON.stringify(name) : visible(name)
  const terminal = createInterface({ input, output })
  // The terminal of a question turns Ctrl-C into a key, and closes at Ctrl-D. Either key must end the question.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const closed = once(terminal, 'close').then(() => '')
  try {
    const asked = terminal.question(`${question} (${shown}): `, { signal })
    const typed = await Promise.race([asked, closed])
    // Invisible characters cannot be typed, so the name as it is shown is accepted too.
    if (typed === shown || (typed.trim() !== '' && typed.trim() === name.trim())) return
  } catch (error) {
    if (!signal.aborted) throw error
    output.write('\nNothing was written.\n')
    throw signal.reason
  } finally {
    terminal.close()
  }
  throw new Failure('the name does not match: nothing was written.', { exitCode: 2 })
}

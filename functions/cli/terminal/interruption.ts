/** The user pressed Ctrl-C, or SIGTERM arrived. An interruption is no error, but the job is not finished. */
export class Interrupted extends Error {}

/** Two signals within this time, in ms, are one press of Ctrl-C: the terminal sends it, and npm passes it on. */
const onePress = 200

/**
 * A signal that aborts at the first SIGINT or SIGTERM, so that a job can close its connections. A second press ends the
 * process at once, as it does without this function.
 */
export function untilInterrupted() {
  const controller = new AbortController()
  const interrupt = () => {
    // The listeners stay until the second signal of the same press has come: it would kill a process that is closing.
    setTimeout(stopListening, onePress)
    controller.abort(new Interrupted('interrupted'))
  }
  const stopListening = () => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      // The second signal of a press may arrive after the job has ended.
      if (!controller.signal.aborted) stopListening()
    },
  }
}

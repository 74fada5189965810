/** Ctrl-C or SIGTERM was pressed: not an error, but what was asked for is not done. */
export class Interrupted extends Error {}

/** ms in which two signals are one press of Ctrl-C: the terminal sends it, and npm passes it on. */
const onePress = 200

/**
 * A signal that aborts at the first SIGINT or SIGTERM, so that a job can close its connections. A second press ends
 * the process at once, as it does wherever no such signal is held.
 */
export function untilInterrupted() {
  const controller = new AbortController()
  const interrupt = () => {
    // It keeps the process: one that is about to end would be killed by the second of the two.
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
      // The rest of a press may come when the job has ended already.
      if (!controller.signal.aborted) stopListening()
    },
  }
}

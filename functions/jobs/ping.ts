import { whyNoAnswer } from '../text/no-answer.ts'

export type PingedJob = 'snapshot' | 'watch'

/**
 * Calls a dead man's switch, which raises an alarm when the calls stop. The URL may contain `{cluster}` and `{job}`, so
 * that each job can have its own switch.
 * @param timeout ms for the call
 * @returns a sentence why the call failed, without the URL, which may be a secret; undefined if the call succeeded
 */
export async function ping(
  url: string | undefined,
  job: PingedJob,
  cluster: string,
  timeout = 5000,
): Promise<string | undefined> {
  if (url === undefined) return undefined
  const { host } = new URL(url)
  const failed = (why: string) =>
    `cannot call the address of WATCHDOG_PING_URL at ${host} after the ${job} of cluster "${cluster}": ${why}. The ${job} ` +
    'itself is done; check the address, and the network path to it.'
  try {
    const target = url.replaceAll('{cluster}', encodeURIComponent(cluster)).replaceAll('{job}', job)
    // A redirect to a sign-in page is an answer, but does not reach the switch.
    const answer = await fetch(target, { redirect: 'manual', signal: AbortSignal.timeout(timeout) })
    await answer.body?.cancel()
    return answer.ok ? undefined : failed(`it answers with status ${answer.status}`)
  } catch (error) {
    return failed(whyNoAnswer(error, timeout))
  }
}

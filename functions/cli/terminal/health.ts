import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { errorText } from '../../core/model/failure.ts'
import { MINUTE } from '../../core/time.ts'
import { untilListening } from './listen.ts'

export interface Health extends AsyncDisposable {
  /** Records whether a snapshot or a watch succeeded. */
  attempted(job: 'snapshot' | 'watch', cluster: string, succeeded: boolean): void
}

export interface HealthOptions {
  port: number
  clusters: string[]
  /** ms between two snapshots */
  interval: number
  metrics?: () => Promise<{ type: string; text: string }>
  /** ms, from a clock that cannot be set. */
  now?: () => number
}

/**
 * Answers the probes of Kubernetes and NAIS. `/isready`: 200 while each cluster's last snapshot and last watch
 * succeeded. `/isalive`: 200 while the last snapshot of any cluster is at most two intervals old. One cluster that is
 * out of reach is no reason for a restart.
 * @throws Failure if the port is taken
 */
export async function serveHealth({
  port,
  clusters,
  interval,
  metrics,
  now = () => performance.now(),
}: HealthOptions): Promise<Health> {
  const outOfReach = new Set(clusters)
  const unwatched = new Set<string>()
  let lastSnapshot = now()

  const answers: Record<string, () => [ok: boolean, says: string]> = {
    '/isready': () => {
      const lacks = [
        outOfReach.size > 0 ? `no current snapshot of ${[...outOfReach].join(', ')}` : '',
        unwatched.size > 0 ? `the last watch of ${[...unwatched].join(', ')} failed` : '',
      ].filter(Boolean)
      return [lacks.length === 0, lacks.join('; ') || 'ready']
    },
    '/isalive': () => {
      const age = now() - lastSnapshot
      const minutes = Math.round(age / MINUTE)
      const isAlive = age >= 0 && age <= 2 * interval
      return [isAlive, isAlive ? 'alive' : `no snapshot for ${minutes} minutes`]
    },
  }

  async function answerMetrics(response: ServerResponse, read: NonNullable<typeof metrics>): Promise<void> {
    const answer = await read().catch(error => ({ type: undefined, text: `${errorText(error)}\n` }))
    response
      .writeHead(answer.type === undefined ? 503 : 200, { 'content-type': answer.type ?? 'text/plain' })
      .end(answer.text)
  }

  const server = createServer((request, response) => {
    if (metrics && request.url === '/metrics') return void answerMetrics(response, metrics)
    const [ok, says] = answers[request.url ?? '']?.() ?? [
      undefined,
      'not found: ask for /isalive, /isready or /metrics',
    ]
    response
      .writeHead(ok === undefined ? 404 : ok ? 200 : 503, { 'content-type': 'text/plain' })
      .end(`${says}\n`)
  }).listen(port)
  await untilListening(server, `listen on port ${port}`, 'Choose another --port.')

  return {
    attempted(job, cluster, succeeded) {
      const lacking = job === 'snapshot' ? outOfReach : unwatched
      if (succeeded) lacking.delete(cluster)
      else lacking.add(cluster)
      if (succeeded && job === 'snapshot') lastSnapshot = now()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import { Failure } from '../../core/model/failure.ts'

export interface Health extends AsyncDisposable {
  /** What became of an attempt to take a snapshot. */
  attempted(cluster: string, succeeded: boolean): void
}

export interface HealthOptions {
  port: number
  /** Names of those that snapshots are taken of. */
  clusters: string[]
  /** ms between two snapshots */
  interval: number
  now?: () => number
}

/**
 * Answers what Kubernetes and NAIS ask of a container. `/isready`: 200 while each cluster's last snapshot could be taken.
 * `/isalive`: 200 while a snapshot of any has come within two intervals, since one cluster that is away is no reason to
 * start anew.
 *
 * @throws Failure where the port is taken
 */
export async function serveHealth({
  port,
  clusters,
  interval,
  now = Date.now,
}: HealthOptions): Promise<Health> {
  const outOfReach = new Set(clusters)
  let lastSnapshot = now()

  const answers: Record<string, () => [ok: boolean, says: string]> = {
    '/isready': () => [
      outOfReach.size === 0,
      outOfReach.size === 0 ? 'ready' : `no snapshot now of ${[...outOfReach].join(', ')}`,
    ],
    '/isalive': () => {
      const minutes = Math.round((now() - lastSnapshot) / 60_000)
      const isAlive = now() - lastSnapshot <= 2 * interval
      return [isAlive, isAlive ? 'alive' : `no snapshot for ${minutes} minutes`]
    },
  }

  const server = createServer((request, response) => {
    const [ok, says] = answers[request.url ?? '']?.() ?? [undefined, 'ask /isalive or /isready']
    response
      .writeHead(ok === undefined ? 404 : ok ? 200 : 503, { 'content-type': 'text/plain' })
      .end(`${says}\n`)
  }).listen(port)
  await once(server, 'listening').catch(cause => {
    throw new Failure(`cannot listen on port ${port}: ${String(cause)}. Choose another --port.`, {
      exitCode: 2,
      cause,
    })
  })

  return {
    attempted(cluster, succeeded) {
      if (!succeeded) {
        outOfReach.add(cluster)
        return
      }
      outOfReach.delete(cluster)
      lastSnapshot = now()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Each worker of Jest has a range of its own, so no other test file takes a port between its choice and its use. */
const rangeSize = 4000
const first = 15_000 + (Number(process.env.JEST_WORKER_ID ?? 0) % 4) * rangeSize

/** Ports that this process has chosen. */
const chosen = new Set<number>()

/**
 * Free ports of 127.0.0.1, below the range for outgoing connections, so that a node finds its port free when it starts
 * again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = randomInt(first, first + rangeSize)
    if (chosen.has(port)) continue
    chosen.add(port)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

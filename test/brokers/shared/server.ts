import { once } from 'node:events'
import { createServer } from 'node:http'
import { type Kafka, startKafka } from '../broker.ts'

/**
 * Starts one Kafka for all test files when the first of them asks for it. Jest's workers come and go with their test
 * files, so the process above them owns it, and they ask over HTTP.
 */
export async function serveSharedKafka(): Promise<{ url: string; close(): Promise<void> }> {
  let kafka: Promise<Kafka> | undefined

  // Else it closes an idle connection after some seconds, and a worker of Jest may just be asking over it.
  const server = createServer({ keepAliveTimeout: 0 }, (_, response) => {
    kafka ??= startKafka()
    void kafka.then(
      ({ bootstrap }) => response.end(bootstrap.join()),
      error => response.writeHead(500).end(`The shared Kafka did not start: ${error}`),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined

  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.close()
      await kafka?.then(
        running => running.close(),
        () => {},
      )
    },
  }
}

import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Reader } from '../../../functions/kafka/protocol/reader.ts'
import { Writer } from '../../../functions/kafka/protocol/writer.ts'
import { answers } from './fake-answers.ts'
import { asKafka, FakeCluster, type Shape } from './fake-cluster.ts'

/**
 * A broker that speaks Kafka's protocol like services that are not Apache Kafka and that no test can start. Tests of
 * Apache Kafka's own behaviour use a real broker.
 */
export interface FakeBroker extends AsyncDisposable {
  readonly cluster: FakeCluster
  /** host:port */
  readonly address: string
  /** The number of open connections. */
  connections(): number
}

const API_VERSIONS = 18

export async function fakeBroker(shape: Partial<Shape> = {}): Promise<FakeBroker> {
  const cluster = new FakeCluster({ ...asKafka, ...shape })
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    serve(socket, cluster, portOf)
  })
  const portOf = () => (server.address() as AddressInfo).port
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

  return {
    cluster,
    address: `127.0.0.1:${portOf()}`,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function serve(socket: Socket, cluster: FakeCluster, portOf: () => number): void {
  let received = Buffer.of()
  socket.on('data', bytes => {
    received = Buffer.concat([received, bytes])
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE()) {
      const size = received.readInt32BE()
      const answer = answerTo(received.subarray(4, 4 + size), cluster, portOf())
      received = received.subarray(4 + size)
      if (answer === undefined) {
        socket.destroy()
        return
      }
      socket.write(answer)
    }
  })
}

/** Undefined if the fake closes the connection. */
function answerTo(request: Buffer, cluster: FakeCluster, port: number): Buffer | undefined {
  const header = new Reader(request, false)
  const [key, version, correlation] = [header.int16(), header.int16(), header.int32()]
  const clientId = header.nullableString() ?? ''
  if (cluster.shape.breaksOver.includes(key)) return undefined
  if (key === API_VERSIONS) return framed(correlation, apiVersions(cluster.shape))

  const api = answers[key]
  if (api === undefined) return undefined
  const flexible = version >= api.flexibleFrom
  const r = new Reader(request.subarray(10 + clientId.length), flexible)
  const w = new Writer(flexible)
  r.tags()
  w.tags()
  api.answer({ r, w, version, cluster, port })
  w.tags()
  return framed(correlation, w.bytes())
}

function framed(correlation: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 4, 0)
  head.writeInt32BE(correlation, 4)
  return Buffer.concat([head, body])
}

function apiVersions({ versions, topicIds }: Shape): Buffer {
  const METADATA = 3
  const own = Object.entries(answers).map(([key, { versions }]) => [Number(key), versions] as const)
  const spoken = new Map([
    ...own,
    ...(topicIds ? [] : [[METADATA, [4, 8]] as const]),
    ...Object.entries(versions).map(([key, range]) => [Number(key), range] as const),
    [API_VERSIONS, [0, 2]] as const,
  ])
  const w = new Writer(false)
  w.int16(0)
  w.array([...spoken], ([key, [min, max]]) => {
    w.int16(key)
    w.int16(min)
    w.int16(max)
  })
  w.int32(0) // throttle time
  return w.bytes()
}

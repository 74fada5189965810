import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A network between the clients and one broker, which must advertise `address` in place of its own. */
export interface SlowNetwork extends AsyncDisposable {
  /** host:port that clients connect to. */
  readonly address: string
  /** host:port of the broker behind it. */
  broker: string
  /** Delay of the broker's answers in ms; Infinity for no answers. */
  delay: number
  /** The number of the broker's answers so far. */
  answers: number
  /** Called at each answer, before its delay begins. */
  onAnswer: () => void
}

export async function slowNetwork(): Promise<SlowNetwork> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const [host = '', port] = network.broker.split(':')
    const broker = connect(Number(port), host)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('close', () => {
        client.destroy()
        broker.destroy()
        sockets.delete(socket)
      })
      socket.on('error', () => {})
    }
    client.pipe(broker)
    broker.on('data', bytes => {
      network.answers++
      network.onAnswer()
      if (network.delay === Infinity) return
      setTimeout(() => client.writable && client.write(bytes), network.delay)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined

  const network: SlowNetwork = {
    address: `127.0.0.1:${port}`,
    broker: '',
    delay: 0,
    answers: 0,
    onAnswer: () => {},
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return network
}

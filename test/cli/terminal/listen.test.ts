import { createServer } from 'node:http'
import { expect, test } from '@jest/globals'
import { untilListening } from '../../../functions/cli/terminal/listen.ts'

const listen = (host: string) =>
  untilListening(createServer().listen(8080, host), `serve the page at ${host}`, 'Choose another address.')

test.each([
  ['192.0.2.1', 'this machine does not have that address'],
  // A name with blanks is refused without a name server, so this test needs no network.
  ['no such host', 'its name is unknown'],
])('a server that cannot listen at %s says why', async (host, reason) => {
  await expect(listen(host)).rejects.toMatchObject({
    message: `cannot serve the page at ${host}: ${reason}. Choose another address.`,
    exitCode: 2,
  })
})

test('a server that cannot listen because no name server answers says why', async () => {
  const server = createServer()
  const listening = untilListening(server, 'serve the page at box.local:80', 'Choose another address.')
  server.emit('error', Object.assign(new Error('getaddrinfo EAI_AGAIN box.local'), { code: 'EAI_AGAIN' }))
  await expect(listening).rejects.toMatchObject({
    message:
      'cannot serve the page at box.local:80: its name cannot be resolved now. Choose another address.',
    exitCode: 2,
  })
})

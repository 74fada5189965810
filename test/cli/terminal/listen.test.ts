import { createServer } from 'node:http'
import { expect, test } from '@jest/globals'
import { untilListening } from '../../../functions/cli/terminal/listen.ts'

const listen = (host: string) =>
  untilListening(createServer().listen(8080, host), `serve the page at ${host}`, 'Choose another address.')

test.each([
  ['192.0.2.1', 'this machine does not have that address'],
  ['no-such-host.invalid', 'its name is unknown'],
])('a server that cannot listen at %s says why', async (host, reason) => {
  await expect(listen(host)).rejects.toMatchObject({
    message: `cannot serve the page at ${host}: ${reason}. Choose another address.`,
    exitCode: 2,
  })
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import type { Message } from '../../../functions/kafka/protocol/message.ts'
import { listGroups } from '../../../functions/kafka/protocol/messages/list-groups.ts'
import { offsetFetch } from '../../../functions/kafka/protocol/messages/offset-fetch.ts'
import { chunks } from '../../../functions/kafka/requests/in-parts.ts'
import { groupNames } from '../groups.ts'

// Sends the requests for all offsets at once, and discards the answers: no client that waits for the broker is faster.
// Prints the number of answers.

const [bootstrap = '', groups = ''] = process.argv.slice(2)
const [host = '', port] = bootstrap.split(':')
const socket = connect({ host, port: Number(port), noDelay: true })
await once(socket, 'connect')

let sent = 0
send(listGroups, null, 5)
for (const part of chunks(groupNames(0, Number(groups)), 200)) {
  const asked = part.map(group => ({ group, topics: null }))
  send(offsetFetch, { groups: asked, requireStable: true, into: new CommittedOffsets() }, 9)
}

// An answer is its length in four bytes, followed by this number of bytes.
let [answers, lengthBytes, left] = [0, 0, 0]
for await (const chunk of socket) {
  for (let at = 0; at < chunk.length; ) {
    if (lengthBytes < 4) {
      left = left * 256 + chunk[at++]
      lengthBytes++
      continue
    }
    const part = Math.min(left, chunk.length - at)
    at += part
    left -= part
    if (left === 0) [answers, lengthBytes] = [answers + 1, 0]
  }
  if (answers === sent) break
}
console.log(answers)

/** Uses request header v2. */
function send<Request>(message: Message<Request, unknown>, request: Request, version: number): void {
  const client = Buffer.from('floor')
  const body = message.encode(request, version)
  const header = Buffer.alloc(14)
  header.writeInt32BE(10 + client.length + body.length, 0)
  header.writeInt16BE(message.key, 4)
  header.writeInt16BE(version, 6)
  header.writeInt32BE(sent++, 8)
  header.writeInt16BE(client.length, 12)
  socket.write(Buffer.concat([header, client, body]))
}

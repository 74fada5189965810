import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect } from '../../../functions/kafka/connection/connection.ts'
import { listGroups } from '../../../functions/kafka/protocol/messages/list-groups.ts'
import { resume, suspend } from '../../brokers/suspend.ts'
import { plaintext } from '../../builders/kafka-settings.ts'

/**
 * Prints the sockets and timers of this process after a connection that failed, with an idle one, and after closing one
 * with a request under way. It is its own process, since Jest has sockets and timers, too.
 *
 * Arguments: host:port of a broker with id 1; its process id.
 */
const [broker = '', pid = ''] = process.argv.slice(2)

const left = () => process.getActiveResourcesInfo().filter(kind => /^(TCP|TLS|Timeout)/.test(kind))

await connect(plaintext('127.0.0.1:1')).catch(() => {})
const failed = left()

const connection = await connect(plaintext(broker))
await Promise.all([...connection.brokers.keys()].map(id => connection.send(id, listGroups, null)))
const idle = left()

await suspend(Number(pid))
const underWay = connection.send(1, listGroups, null).catch(() => {})
await nextTurn()
await connection.close()
await underWay
resume(Number(pid))

console.log(JSON.stringify({ failed, idle, closed: left() }))

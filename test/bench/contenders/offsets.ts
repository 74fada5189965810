import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import { connect } from '../../../functions/kafka/connection/connection.ts'
import { newScan } from '../../../functions/kafka/requests/scan.ts'
import { fetchOffsets } from '../../../functions/kafka/scan/fetch-offsets.ts'
import { listed } from '../../../functions/kafka/scan/list-groups.ts'
import { plaintext } from '../../builders/kafka-settings.ts'

// Reads all committed offsets as a snapshot does, and does nothing else. Prints their number.

const [bootstrap = ''] = process.argv.slice(2)
const connection = await connect(plaintext(bootstrap))
const scan = newScan(connection, {})
const nothingKnown = new Map()
const { groups } = await listed(scan, undefined)
const offsets = new CommittedOffsets()
await fetchOffsets(
  scan,
  groups.map(({ group }) => group),
  nothingKnown,
  offsets,
)
await connection.close()
console.log(offsets.length)

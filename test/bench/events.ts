import { losses } from '../events/requests.ts'
import { type Bar, showBars } from './report.ts'

// How long do events take after a mass expiry, if each request to the store and to the event bus takes 15 ms? `watch`
// publishes them, and Lambda ends it after two minutes.

const INCIDENTS = 2_400
const REQUEST_TAKES = 15

await using cluster = await losses(INCIDENTS, REQUEST_TAKES)
const started = performance.now()
const { published, store, bus } = await cluster.publish()
const seconds = (performance.now() - started) / 1000

const what = `to publish ${published} of ${INCIDENTS} incidents at ${REQUEST_TAKES} ms a request`
const bars: Bar[] = [
  { what: `requests ${what}`, measured: store + bus, bar: 300, digits: 0 },
  { what: `seconds ${what}`, measured: seconds, bar: 15, digits: 1 },
]
showBars(bars)
if (published < INCIDENTS || bars.some(({ measured, bar }) => measured > bar)) process.exitCode = 1

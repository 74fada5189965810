// `npm run ric` runs the packages as Lambda does. The program unpacks the output of `osls package` and runs each
// function under aws-lambda-ric, the runtime interface client in AWS's own image of Node 24. `npm test` does not
// include this program: building that client from C++ needs cmake, a compiler and two minutes. Python unpacks the
// packages.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeOnce } from '../brokers/make-once.ts'
import { osls } from './osls.ts'
import { startFunction } from './runtime-api.ts'

const run = promisify(execFile)
const client = 'aws-lambda-ric'
const version = '4.0.2'

const folder = fileURLToPath(new URL(`../../.cache/${client}-${version}`, import.meta.url))
await makeOnce(folder, async draft => {
  console.log(`Building ${client} ${version}, once …`)
  writeFileSync(join(draft, 'package.json'), JSON.stringify({ allowScripts: { [client]: true } }))
  await run('npm', ['install', '--no-audit', '--no-fund', `${client}@${version}`], { cwd: draft })
})

// A Kafka that accepts connections and never answers.
const silent = createServer().listen(0, '127.0.0.1')
await once(silent, 'listening')
const address = silent.address()
const brokers = [`127.0.0.1:${typeof address === 'object' ? address?.port : ''}`]
const slack = {
  botToken: `\${TOKEN}`,
  signingSecret: `\${SECRET}`,
  teamId: 'T123',
}
using deployment = osls('ric', { slack, clusters: [{ name: 'prod', kafka: { brokers } }] })
await deployment.run('package')

const env = {
  PATH: process.env.PATH ?? '',
  NODE_OPTIONS: '--enable-source-maps',
  WATCHDOG_STORE: 's3://bucket',
  EVENT_BUS: 'bus',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  // No server listens on this port.
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  POWERTOOLS_SERVICE_NAME: 'ric',
  POWERTOOLS_METRICS_NAMESPACE: 'ric',
}

/** Only the form of Slack's headers, which is checked before the secret is read. */
const likeSlacks = {
  'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
  'x-slack-signature': `v0=${'0'.repeat(64)}`,
}
const noCluster = 'the event names no cluster'
const tooLate = 'the run did not end within 3 s'
const cases = [
  { name: 'snapshot', event: {}, says: noCluster },
  // Twice: the second run in the same process must not be disturbed by the first.
  { name: 'snapshot', event: { cluster: 'prod' }, timeLeft: 8_000, says: tooLate },
  { name: 'snapshot', event: { cluster: 'prod' }, timeLeft: 8_000, says: tooLate },
  { name: 'watch', event: {}, says: noCluster },
  { name: 'watch', event: { detail: { cluster: 'prod' } }, says: 'from Parameter Store' },
  { name: 'heartbeat', event: {}, says: noCluster },
  { name: 'heartbeat', event: { cluster: 'prod' }, says: 's3://bucket' },
  { name: 'lookup', event: { queryStringParameters: {} }, says: 'the query parameter group is missing' },
  { name: 'slack', event: { headers: {}, isBase64Encoded: false }, says: '401' },
  { name: 'slack', event: { headers: likeSlacks, isBase64Encoded: false }, says: 'from Parameter Store' },
]

for (const [name, ofFunction] of Map.groupBy(cases, each => each.name)) {
  const task = join(deployment.folder, 'unpacked', name)
  await run('python3', ['-m', 'zipfile', '-e', join(deployment.folder, '.serverless', `${name}.zip`), task])
  await using running = await startFunction(
    join(folder, 'node_modules', client),
    task,
    `.build/ric/${name}/${name}.handler`,
    env,
  )
  console.log(`${name}: ready after ${running.initTook.toFixed()} ms`)

  for (const { event, timeLeft, says } of ofFunction) {
    const outcome = await running.invoke(event, timeLeft)
    const said = JSON.stringify(outcome.says)
    console.log(`  ${JSON.stringify(event)}: ${said} after ${outcome.ms.toFixed()} ms`)
    assert.ok(said.includes(says), `${name} does not say: ${says}`)
    if (timeLeft) assert.ok(outcome.ms < timeLeft, `${name} was not done before its time-out`)
  }
}
silent.close()
console.log('All packages run as Lambda would run them.')

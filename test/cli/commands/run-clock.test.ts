import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from '@jest/globals'
import { freePorts } from '../../brokers/ports.ts'
import { start } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-clock-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HOUR = 3_600_000

/** A Node option that moves the process's clock by this number of ms once the first run has reported its failure. */
function withJump(ms: number): string {
  const file = join(folder, `jump${ms}.mjs`)
  writeFileSync(
    file,
    `const { now } = Date, write = process.stderr.write.bind(process.stderr)
     process.stderr.write = (...said) => {
       Date.now = () => now() + ${ms}
       return write(...said)
     }`,
  )
  return `--import=${file}`
}

test.each([
  ['back by an hour', -HOUR],
  ['back by 30 days', -720 * HOUR],
  ['forward by 30 days', 720 * HOUR],
])('run keeps its interval when the clock jumps %s', async (_, ms) => {
  const [closed] = await freePorts(1)
  const { child, ended } = start(['run', '--every', '1s'], {
    NODE_OPTIONS: withJump(ms),
    KAFKA_BROKERS: `127.0.0.1:${closed}`,
    WATCHDOG_STORE: folder,
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_API_URL: `http://127.0.0.1:${closed}/`,
  })
  child.stdout.resume()
  const attempts: number[] = []
  for await (const line of createInterface(child.stderr)) {
    if (line.includes('cannot connect to Kafka')) attempts.push(performance.now())
    if (attempts.length === 4) break
  }
  child.kill()
  expect(await ended).toBe(0)
  // Four attempts have three pauses of 1 s between them. A timer may fire a little early.
  expect((attempts[3] ?? 0) - (attempts[0] ?? 0)).toBeGreaterThan(2_500)
})

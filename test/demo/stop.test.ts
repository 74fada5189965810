import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { allGone, startDemo } from './process.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stopped-demo-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test.each<[string, NodeJS.Signals, string]>([
  ['while the broker starts', 'SIGINT', '1. A real Apache Kafka'],
  ['while the consumers start', 'SIGTERM', '2. Seven consumer groups'],
  ['while the watchdog takes snapshots', 'SIGINT', 'Now report is stopped'],
])(
  'stopped %s by %s, the demo exits without its later chapters and leaves nothing',
  async (_, signal, line) => {
    const demo = startDemo(folder, { SLACK_BOT_TOKEN: '' })
    const descendants = await demo.descendantsAt(line)

    // A terminal sends the signal to the demo and to npm, which passes the signal on.
    demo.kill(signal)
    demo.kill(signal)

    expect(await demo.ended).toBe(130)
    // Kafka's deletions, a minute after the third chapter began.
    expect(demo.said.filter(text => text.startsWith('4. '))).toEqual([])
    expect(demo.said.filter(text => text.startsWith('Stopped'))).toHaveLength(1)
    await allGone(descendants)
    expect(await readdir(folder)).toEqual([])
  },
)

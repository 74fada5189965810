import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { commitOf, snapshotOf, takenAt } from '../builders/snapshots.ts'

// The alias of the README, `npm --prefix … run -s cli --`, in a shell in another folder.

const repository = fileURLToPath(new URL('../../', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-elsewhere-'))
  const snapshots = snapshotStore(openStore(join(folder, 'offset-snapshots')))
  await snapshots.write(snapshotOf([commitOf({ group: 'orders', offset: 7n })], { cluster: 'prod', takenAt }))
  await writeFile(join(folder, 'my.yaml'), 'clusters: [{ name: prod, kafka: { brokers: "127.0.0.1:1" } }]\n')
  await writeFile(join(folder, 'offsets.csv'), 'team.orders,0\n')
})
afterAll(() => rm(folder, { recursive: true }))

async function offsetWatchdog(line: string) {
  const alias = `npm --prefix '${repository}' run -s cli --`
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, WATCHDOG_CONFIG: 'my.yaml' }
  try {
    return await promisify(execFile)('sh', ['-c', `${alias} ${line}`], { cwd: folder, env })
  } catch (error) {
    return Object(error)
  }
}

test("the settings file and the default store are in the user's current folder", async () => {
  expect(await offsetWatchdog('lookup orders --csv')).toMatchObject({
    stdout: 'team.orders,0,7\n',
    stderr: '',
  })
})

test("a file in an option is relative to the user's current folder, too", async () => {
  const { stderr } = await offsetWatchdog('restore orders --from-file offsets.csv')
  expect(stderr).toMatch(/^offsets\.csv, line 1, has 2 columns/)
})

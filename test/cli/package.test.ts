import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitOf, snapshotOf } from '../store/commits.ts'
import { storeOf } from './store.ts'

// What `npm pack` makes, installed as npm does it, where Node runs no TypeScript: below node_modules. The dependencies are
// the repository's, so that nothing is downloaded.

const repository = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
let folder: string
let command: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'installed-'))
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: repository })
  const installed = join(folder, 'node_modules', 'offset-watchdog')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', join(folder, packed.stdout.trim()), '--strip-components=1', '-C', installed])
  await symlink(join(repository, 'node_modules'), join(installed, 'node_modules'))

  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  const program = join(installed, bin['offset-watchdog'])
  await chmod(program, 0o755)
  command = join(folder, 'offset-watchdog')
  await symlink(program, command)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const offsetWatchdog = (args: string[], settings: NodeJS.ProcessEnv = {}) =>
  run(command, args, { cwd: folder, env: { PATH: process.env.PATH, ...settings } })

test('every command is there', async () => {
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'))
  expect(await offsetWatchdog(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '' })
  expect((await offsetWatchdog(['status', '--help'])).stdout).toMatch(/^Usage: offset-watchdog status/)
})

test('it reads a store', async () => {
  await using store = await storeOf(snapshotOf([commitOf({ group: 'orders', topic: 't', offset: 7n })]))
  const answer = await offsetWatchdog(['lookup', 'orders', '--csv'], store.settings)
  expect(answer).toEqual({ stdout: 't,0,7\n', stderr: '' })
})

test('it tries to reach Kafka', async () => {
  const unreachable = offsetWatchdog(['snapshot'], { KAFKA_BROKERS: '127.0.0.1:1' })
  await expect(unreachable).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/127\.0\.0\.1:1/),
  })
})

import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePorts } from '../brokers/ports.ts'
import { sharedKafka } from '../brokers/shared/kafka.ts'
import { until } from '../brokers/until.ts'

// Docker is not available here. This test replays the steps of the Dockerfile in a folder, with npm and the same
// version of Node on this machine's Linux in place of Alpine, and runs the result as the image's user. With root rights
// on Linux it also makes all but /data read-only.

const repository = fileURLToPath(new URL('../../', import.meta.url))
const image = mkdtempSync(join(tmpdir(), 'offset-watchdog-image-'))
afterAll(() => rmSync(image, { recursive: true, force: true }))

const steps = readFileSync(join(repository, 'Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .matchAll(/^([A-Z]+) (.*)$/gm)
  .map(([, instruction = '', argument = '']) => ({ instruction, argument }))
  .toArray()
const only = (instruction: string) => steps.find(step => step.instruction === instruction)?.argument ?? ''
const list = (instruction: string): string[] => JSON.parse(/\[.*\]$/.exec(only(instruction))?.[0] ?? '[]')

/** The path in the folder that stands for a path in the image. */
const inImage = (text: string) => text.replaceAll(/(?<=^|[\s"'])\/(data|app)\b/g, `${image}/$1`)
const workdir = inImage(only('WORKDIR'))
const data = inImage('/data')

const canIsolate = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0

/** Copies what .dockerignore lets into the build. */
function copy(argument: string): void {
  const allowed = readFileSync(join(repository, '.dockerignore'), 'utf8').matchAll(/^!(.+)$/gm)
  const names = argument.split(' ')
  const target = names.pop() ?? ''
  expect([...allowed].map(([, name]) => name)).toEqual(expect.arrayContaining(names))
  for (const name of names) {
    cpSync(join(repository, name), join(workdir, target === './' ? name : target), { recursive: true })
  }
}

beforeAll(async () => {
  chmodSync(image, 0o755)
  await promisify(execFile)('mkdir', ['-p', workdir, join(image, 'bin')])
  await copyFile(process.execPath, join(image, 'bin', 'node'), constants.COPYFILE_FICLONE)
  for (const { instruction, argument } of steps) {
    if (instruction === 'COPY') copy(argument)
    if (instruction !== 'RUN') continue
    const isRoot = process.getuid?.() === 0
    const command = isRoot ? argument : argument.replace(/ && chown .*/, '')
    await promisify(execFile)('sh', ['-c', inImage(command).replace(' && npm cache clean --force', '')], {
      cwd: workdir,
    })
  }
}, 600_000)

/** Runs the container's process: the image's user, no writable home, and only these environment variables. */
function container(args: string[], env: Record<string, string>) {
  const environment = {
    PATH: `${image}/bin:${process.env.PATH}`,
    HOME: '/home/node',
    WATCHDOG_STORE: data,
    ...env,
  }
  const command = ['node', ...list('ENTRYPOINT').slice(1), ...args]
  if (!canIsolate) return spawn(command[0] ?? '', command.slice(1), { cwd: workdir, env: environment })
  const [uid, gid] = only('USER').split(':')
  const readOnly =
    'mount --bind "$1" "$1" && mount --bind "$2" "$2" && mount -o remount,bind,ro "$1" && mount -o remount,bind,ro / && cd "$1" && shift 2 && exec "$@"'
  return spawn(
    'unshare',
    [
      '--mount',
      'sh',
      '-c',
      readOnly,
      'sh',
      workdir,
      data,
      'setpriv',
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      '--no-new-privs',
      '--inh-caps=-all',
      ...command,
    ],
    { env: environment },
  )
}

async function run(args: string[], env: Record<string, string> = {}) {
  const child = container(args, env)
  const printed: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', text => (printed[stream] += text))
  const [code] = await once(child, 'close')
  return { code, ...printed }
}

test('the image has the exact Node.js version of the tests, and an unprivileged user', () => {
  expect(only('FROM')).toBe(`node:${process.versions.node}-alpine`)
  expect(only('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
})

test('the image has only the packages of the command line, and does not change the lock file', () => {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'))
  const isInstalled = (name: string) => existsSync(join(workdir, name))
  const [unneeded, needed] = [true, false].map(isUnneeded =>
    Object.keys(packages).filter(name => {
      const { dev, devOptional, optional } = packages[name]
      return name !== '' && isUnneeded === Boolean(dev || devOptional || optional)
    }),
  )
  expect(needed?.filter(name => !isInstalled(name))).toEqual([])
  expect(unneeded).toContain('node_modules/typescript')
  expect(unneeded?.filter(isInstalled)).toEqual([])
  const lock = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
  expect(lock(workdir)).toBe(lock(repository))
})

describe('with only /data writable, the container', () => {
  test('stores a snapshot in /data', async () => {
    const bootstrap = await sharedKafka()
    expect(await run(['snapshot'], { KAFKA_BROKERS: bootstrap.join() })).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(readdirSync(data)).toEqual(expect.arrayContaining(['manifests', 'snapshots']))
    expect(await run(['status'])).toMatchObject({ code: 0, stdout: expect.stringContaining('kafka') })
  })

  test('reports in one sentence that another folder cannot be written', async () => {
    const { code, stderr } = await run(['snapshot'], {
      KAFKA_BROKERS: (await sharedKafka()).join(),
      WATCHDOG_STORE: join(workdir, 'offsets'),
    })
    const place = `cannot write the store ${join(workdir, 'offsets')}: `
    expect(code).toBe(canIsolate ? 3 : 0)
    expect(stderr).toBe(
      canIsolate
        ? `${place}its file system is read-only. Set WATCHDOG_STORE to a folder that can be written.\n`
        : '',
    )
  })

  test('runs its default command, and its health check passes', async () => {
    const [port = 0] = await freePorts(1)
    const [program = '', ...check] = list('HEALTHCHECK').map(part => part.replace('8080', String(port)))
    const isHealthy = () => spawnSync(program, check, { env: { PATH: process.env.PATH } }).status === 0
    expect(isHealthy()).toBe(false)

    const args = list('CMD').map(part => part.replace('8080', String(port)))
    const child = container(args, {
      KAFKA_BROKERS: (await sharedKafka()).join(),
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_API_URL: 'http://127.0.0.1:1/',
    })
    const closed = once(child, 'close')
    try {
      await until(async () => isHealthy())
    } finally {
      child.kill('SIGTERM')
    }
    expect((await closed)[0]).toBe(0)
  })
})

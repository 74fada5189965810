import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import { storeOf } from './store.ts'

// Installs the package of `npm pack` as npm does: below node_modules, where Node runs no TypeScript. The package can
// only find its own dependencies, which are the repository's copies, so that nothing is downloaded.

const repository = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
let folder: string
let command: string
let tarball: string
let installed: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'installed-'))
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: repository })
  tarball = join(folder, packed.stdout.trim())
  installed = join(folder, 'node_modules', 'offset-watchdog')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])

  const { bin, dependencies } = await manifestOf(installed)
  for (const name of Object.keys(dependencies ?? {})) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(repository, 'node_modules', name), link)
  }
  const program = join(installed, bin?.['offset-watchdog'] ?? '')
  await chmod(program, 0o755)
  command = join(folder, 'offset-watchdog')
  await symlink(program, command)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const offsetWatchdog = (args: string[], settings: NodeJS.ProcessEnv = {}) =>
  run(command, args, { cwd: folder, env: { PATH: process.env.PATH, ...settings } })

interface PackageManifest {
  bin?: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

const manifestOf = async (where: string): Promise<PackageManifest> =>
  JSON.parse(await readFile(join(where, 'package.json'), 'utf8'))

/** Adds the folders of all packages that npm would install for this one. */
async function addDependencies(where: string, found: Set<string>): Promise<void> {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = await manifestOf(where)
  const peers = Object.keys(peerDependencies).filter(name => !peerDependenciesMeta[name]?.optional)
  for (const name of [...Object.keys(dependencies), ...peers]) {
    const dependency = nearestPackage(where, name)
    if (found.has(dependency)) continue
    found.add(dependency)
    await addDependencies(dependency, found)
  }
}

function nearestPackage(from: string, name: string): string {
  const here = join(from, 'node_modules', name)
  if (existsSync(here)) return here
  if (from === dirname(from)) throw new Error(`${name} is not installed`)
  return nearestPackage(dirname(from), name)
}

/** Size on the disk in bytes, without the packages inside. */
async function sizeOf(where: string): Promise<number> {
  let size = 0
  for (const entry of await readdir(where, { withFileTypes: true })) {
    const path = join(where, entry.name)
    if (!entry.isDirectory()) size += (await lstat(path)).blocks * 512
    else if (entry.name !== 'node_modules') size += await sizeOf(path)
  }
  return size
}

test('publint has no suggestions for the package', async () => {
  const publint = join(repository, 'node_modules', '.bin', 'publint')
  expect((await run(publint, ['run', tarball, '--strict'])).stdout).toContain('All good!')
})

test('the package takes less than 60 MB with all its dependencies', async () => {
  const packages = new Set([installed])
  await addDependencies(repository, packages)
  let size = 0
  for (const each of packages) size += await sizeOf(each)
  expect(size / 1e6).toBeGreaterThan(10)
  expect(size / 1e6).toBeLessThan(60)
})

test('npm installs no large package twice: nothing else depends on one that we pin', async () => {
  const manifest = await manifestOf(repository)
  const exact = new Map(
    Object.entries(manifest.dependencies ?? {})
      // npm installs a range such as ^3.41.0 once, if all packages can share a version.
      .filter(([, version]) => /^\d/.test(version))
      .map(([name]) => [nearestPackage(repository, name), name]),
  )
  const packages = new Set<string>()
  await addDependencies(repository, packages)
  const clashes: string[] = []
  for (const where of packages) {
    if (exact.has(where)) continue
    for (const name of Object.keys((await manifestOf(where)).dependencies ?? {})) {
      const dependency = nearestPackage(where, name)
      if (exact.has(dependency) && (await sizeOf(dependency)) > 1e6) clashes.push(`${where} needs ${name}`)
    }
  }
  expect(clashes).toEqual([])
})

test('docs/deploy.md has the sizes of the packages that only some commands load', async () => {
  const docs = await readFile(join(repository, 'docs', 'deploy.md'), 'utf8')
  const rows = docs.matchAll(/^\| (`.*`) \| (\d+) \| .* \|$/gm).toArray()
  expect(rows.length).toBeGreaterThan(3)
  const { dependencies } = await manifestOf(repository)
  for (const [, cell = '', megabytes] of rows) {
    const packages = new Set<string>()
    for (const [, name = ''] of cell.matchAll(/`([^`]+)`/g)) {
      expect(dependencies).toHaveProperty([name])
      packages.add(nearestPackage(repository, name))
      await addDependencies(nearestPackage(repository, name), packages)
    }
    let size = 0
    for (const each of packages) size += await sizeOf(each)
    expect(`${cell}: ${Math.abs(size / 1e6 - Number(megabytes)) < 1.5 ? megabytes : size / 1e6}`).toBe(
      `${cell}: ${megabytes}`,
    )
  }
})

test('npm leaves the lock file as it is', async () => {
  const fresh = await mkdtemp(join(tmpdir(), 'lock-'))
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    await copyFile(join(repository, name), join(fresh, name))
  }
  await run('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], { cwd: fresh })
  const lock = (where: string) => readFile(join(where, 'package-lock.json'), 'utf8')
  expect(await lock(fresh)).toBe(await lock(repository))
  await rm(fresh, { recursive: true })
})

const older = (process.env.PATH ?? '')
  .split(delimiter)
  .map(where => join(where, 'node'))
  .find(node => /^v(1\d|20|21)\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? ''))
if (older === undefined) {
  process.stderr.write('Skipping the test of an older Node.js: the path has none before 22.\n')
}
const testWithOlderNode = older === undefined ? test.skip : test

testWithOlderNode('an older Node.js gets one sentence with the version that is needed', async () => {
  await expect(run(older ?? '', [command, 'status'], { cwd: folder })).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^offset-watchdog needs Node\.js 22\.15 or later, and this is v[\d.]+: install a newer version\.\n$/,
    ),
  })
})

test('every file of the package finds its imports', async () => {
  const files = (await readdir(join(installed, 'dist'))).filter(file => file !== 'main.js')
  const program = files.map(file => `await import('./node_modules/offset-watchdog/dist/${file}')`).join('\n')
  expect(files.length).toBeGreaterThan(10)
  await run('node', ['--input-type=module', '--eval', program], { cwd: folder })
})

test('the package has every command', async () => {
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'))
  expect(await offsetWatchdog(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '' })
  expect((await offsetWatchdog(['status', '--help'])).stdout).toMatch(/^Usage: offset-watchdog status/)
})

test('the package reads a store', async () => {
  await using store = await storeOf(snapshotOf([commitOf({ group: 'orders', topic: 't', offset: 7n })]))
  const answer = await offsetWatchdog(['lookup', 'orders', '--csv'], store.settings)
  expect(answer).toEqual({ stdout: 't,0,7\n', stderr: '' })
})

test('the package tries to reach Kafka', async () => {
  const unreachable = offsetWatchdog(['snapshot'], { KAFKA_BROKERS: '127.0.0.1:1' })
  await expect(unreachable).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/127\.0\.0\.1:1/),
  })
})

import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { compileCacheFolder } from '../../functions/cli/compile-cache.ts'
import { run } from './run.ts'

let folder: string
let home: string

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'compile-cache-')))
  home = join(folder, 'home')
  await mkdir(home, { mode: 0o700 })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const uid = process.getuid?.() ?? -1

describe('the command line keeps compiled code', () => {
  /**
   * Runs the command line with its own TMPDIR.
   * @returns the entries of TMPDIR, and of the folder `kept`
   */
  async function leftBy(settings: NodeJS.ProcessEnv, kept: string) {
    const TMPDIR = join(folder, 'tmp')
    await mkdir(TMPDIR, { recursive: true })
    const { code, stderr } = await run(['--version'], { HOME: home, TMPDIR, ...settings })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return { temporary: await readdir(TMPDIR), kept: await readdir(kept).catch(() => []) }
  }

  test('in a folder of the user, and never in the temporary folder', async () => {
    const cache = join(home, '.cache/offset-watchdog')
    expect(await leftBy({}, cache)).toEqual({ temporary: [], kept: [expect.stringMatching(/^v\d/)] })
    expect((await stat(cache)).mode & 0o777).toBe(0o700)
  })

  test('in the folder of XDG_CACHE_HOME', async () => {
    const XDG_CACHE_HOME = join(home, 'elsewhere')
    const { kept } = await leftBy({ XDG_CACHE_HOME }, join(XDG_CACHE_HOME, 'offset-watchdog'))
    expect(kept).toHaveLength(1)
  })

  test('in the home folder if XDG_CACHE_HOME is relative, which its specification says to ignore', async () => {
    const { kept } = await leftBy({ XDG_CACHE_HOME: 'relative' }, join(home, '.cache/offset-watchdog'))
    expect(kept).toHaveLength(1)
  })

  test('in the folder of NODE_COMPILE_CACHE, which is the user’s own choice', async () => {
    const NODE_COMPILE_CACHE = join(folder, 'chosen')
    const { temporary, kept } = await leftBy({ NODE_COMPILE_CACHE }, NODE_COMPILE_CACHE)
    expect({ temporary, kept }).toEqual({ temporary: [], kept: [expect.any(String)] })
  })

  test('nowhere, if others can write to that folder', async () => {
    const cache = join(home, '.cache/offset-watchdog')
    await mkdir(cache, { recursive: true })
    await chmod(cache, 0o777)
    expect(await leftBy({}, cache)).toEqual({ temporary: [], kept: [] })
  })
})

describe('a folder for compiled code', () => {
  const cacheOf = (path: string, user = uid) => compileCacheFolder({ XDG_CACHE_HOME: path }, user)

  test('is made with its parents, for this user alone', async () => {
    const parent = join(home, 'a/b')
    expect(cacheOf(parent)).toBe(join(parent, 'offset-watchdog'))
    for (const path of [join(home, 'a'), parent, join(parent, 'offset-watchdog')])
      expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect(cacheOf(parent)).toBe(join(parent, 'offset-watchdog'))
  })

  test('has its symbolic links resolved', async () => {
    await symlink(home, join(folder, 'link'))
    expect(cacheOf(join(folder, 'link'))).toBe(join(home, 'offset-watchdog'))
  })

  test.each<[name: string, prepare: (cache: string) => Promise<unknown>]>([
    ['it is open to its group', cache => chmod(cache, 0o720)],
    ['it is open to all', cache => chmod(cache, 0o777)],
    ['it is open to all and sticky', cache => chmod(cache, 0o1777)],
    ['others can replace it in its parent', cache => chmod(join(cache, '..'), 0o777)],
    ['it is a file', cache => rm(cache, { recursive: true }).then(() => symlink('/dev/null', cache))],
  ])('is not used if %s', async (_, prepare) => {
    const parent = join(home, 'cache')
    await mkdir(join(parent, 'offset-watchdog'), { recursive: true, mode: 0o700 })
    expect(cacheOf(parent)).toBe(join(parent, 'offset-watchdog'))
    await prepare(join(parent, 'offset-watchdog'))
    expect(cacheOf(parent)).toBeUndefined()
  })

  test('may have a parent that is open to all and sticky, such as /tmp', async () => {
    await chmod(home, 0o1777)
    expect(cacheOf(home)).toBe(join(home, 'offset-watchdog'))
  })

  test('is neither used nor made if the home folder is another user’s, as with sudo', async () => {
    // Only root can give a folder away, and folders of root are safe for every user.
    if (uid === 0) await chown(home, 1, 1)
    expect(cacheOf(home, uid === 0 ? uid : uid + 1)).toBeUndefined()
    expect(await readdir(home)).toEqual([])
  })
})

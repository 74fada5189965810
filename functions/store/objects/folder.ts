import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DAY } from '../../core/time.ts'
import { Conflict } from '../../jobs/ports.ts'
import { codeOf, failureOf } from './folder-failure.ts'
import {
  type Action,
  AlreadyExists,
  type ByteRange,
  type ObjectStore,
  TooLarge,
  type Versioned,
} from './object-store.ts'

/**
 * How many versions of a replaced object stay. A writer could take a version's number again only if it slept through
 * as many writes between looking at the newest one and linking its own.
 */
const VERSIONS_KEPT = 100

/**
 * Objects as files of a folder, which comes into being with the first write. Every method throws a Failure that says
 * what to do where the folder, the disk or the rights do not allow it.
 */
export function folderStore(location: string): ObjectStore {
  const root = resolve(location)
  const temporaries = join(root, '.writing')
  const pathOf = (key: string) => join(root, key)

  async function guarded<T>(action: Action, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw failureOf(action, root, error)
    }
  }

  /** Gives a synced temporary file its name, and returns false where that name is taken. `rename` would replace. */
  async function publish(path: string, bytes: Uint8Array): Promise<boolean> {
    await makeFolder(dirname(path))
    await makeFolder(temporaries)
    const temporary = join(temporaries, randomUUID())
    try {
      await writeSynced(temporary, bytes)
      await link(temporary, path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(temporary, { force: true })
      await sync(dirname(path))
    }
  }

  /** What a killed process left behind. */
  async function removeLeftovers(): Promise<void> {
    for (const name of await namesIn(temporaries)) {
      const left = await absent(stat(join(temporaries, name)))
      if (left && left.mtimeMs < Date.now() - DAY) await rm(join(temporaries, name), { force: true })
    }
  }

  async function* walk(folder: string, prefix: string, after: string): AsyncGenerator<string> {
    for (const key of await guarded('read', () => keysIn(root, folder))) {
      if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue
      if (!key.endsWith('/')) {
        if (key > after) yield key
      } else if (key > after || after.startsWith(key)) {
        yield* walk(key, prefix, after)
      }
    }
  }

  return {
    location,

    create: (key, bytes) =>
      guarded('write', async () => {
        if (await publish(pathOf(key), bytes)) return removeLeftovers()
        if (!Buffer.from(bytes).equals(await readFile(pathOf(key)))) throw new AlreadyExists(key)
      }),

    read: (key, range, limit) =>
      guarded('read', async () => {
        const stats = await absent(stat(pathOf(key)))
        if (!stats) return undefined
        if (limit !== undefined && stats.size > limit) throw new TooLarge(key, limit)
        return absent(range ? readRange(pathOf(key), range, stats.size) : readFile(pathOf(key)))
      }),

    list: (prefix, after = '') => walk(prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix, after),

    readVersioned: key =>
      guarded('read', async (): Promise<Versioned | undefined> => {
        const version = await newestVersion(pathOf(key))
        return version === undefined
          ? undefined
          : { bytes: await readFile(join(pathOf(key), version)), version }
      }),

    replace: (key, bytes, version) =>
      guarded('write', async () => {
        const current = await newestVersion(pathOf(key))
        const next = numbered(Number(current ?? 0) + 1)
        if (current !== version || !(await publish(join(pathOf(key), next), bytes))) throw new Conflict(key)

        await rm(join(pathOf(key), numbered(Number(next) - VERSIONS_KEPT)), { force: true })
        return next
      }),

    marks: undefined,

    remove: key =>
      guarded('write', async () => {
        await absent(unlink(pathOf(key)))
      }),

    probe: () =>
      guarded('write', async () => {
        const made = await makeFolders(temporaries)
        const [original, linked] = [join(temporaries, randomUUID()), join(temporaries, randomUUID())]
        try {
          await writeSynced(original, new Uint8Array([1]))
          await link(original, linked)
        } finally {
          await rm(original, { force: true })
          await rm(linked, { force: true })
          if (made) await removeEmpty(temporaries, made)
        }
      }),
  }
}

/** The number of a version as the name of its file: names sort as the numbers do. */
const numbered = (version: number) => String(version).padStart(12, '0')

const newestVersion = async (folder: string) =>
  (await namesIn(folder))
    .filter(name => /^\d{12}$/.test(name))
    .sort()
    .at(-1)

const namesIn = async (folder: string) => (await absent(readdir(folder))) ?? []

/** In the order of whole keys: a folder sorts by its name and a slash, so `a-b` comes before `a/b`. */
async function keysIn(root: string, folder: string): Promise<string[]> {
  const entries = (await absent(readdir(join(root, folder), { withFileTypes: true }))) ?? []
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map(entry => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .sort()
}

/** Undefined in place of "no such file". */
async function absent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function readRange(path: string, range: ByteRange, fileSize: number): Promise<Uint8Array> {
  await using file = await open(path)
  const { offset } = range
  const length = Math.max(0, Math.min(range.length, fileSize - offset))
  const buffer = Buffer.alloc(length)
  let size = 0
  while (size < length) {
    const { bytesRead } = await file.read(buffer, size, length - size, offset + size)
    if (bytesRead === 0) break
    size += bytesRead
  }
  return buffer.subarray(0, size)
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx')
  await file.writeFile(bytes)
  await file.sync()
}

/** After a crash a file is there only if the folders down to it have been synced, too. */
async function sync(folder: string): Promise<void> {
  await using handle = await open(folder)
  await handle.sync()
}

/**
 * Node's own `recursive` never ends where a file system answers "no such file" to making one, as /proc does.
 * @returns the first that was not there
 */
async function makeFolders(folder: string): Promise<string | undefined> {
  if (await isFolder(folder)) return undefined
  const first = await makeFolders(dirname(folder))
  try {
    await mkdir(folder)
    return first ?? folder
  } catch (error) {
    // Somebody else was faster.
    if (codeOf(error) === 'EEXIST' && (await isFolder(folder))) return first
    throw error
  }
}

const isFolder = async (path: string) => (await absent(stat(path)))?.isDirectory() ?? false

async function makeFolder(folder: string): Promise<void> {
  const first = await makeFolders(folder)
  if (!first) return
  for (let parent = dirname(folder); parent.length >= dirname(first).length; parent = dirname(parent)) {
    await sync(parent)
    if (parent === dirname(parent)) return
  }
}

/** Removes `folder` and those above it up to `first`, as far as nobody has put something there since. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  try {
    for (let empty = folder; empty.length >= first.length; empty = dirname(empty)) await rmdir(empty)
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'ENOENT') throw error
  }
}

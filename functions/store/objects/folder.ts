import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from '../../core/model/failure.ts'
import { DAY } from '../../core/time.ts'
import { Conflict } from '../../jobs/ports.ts'
import { failureOf } from './folder-failure.ts'
import { guardedBy } from './guarded.ts'
import { AlreadyExists, type ByteRange, type ObjectStore, TooLarge, type Versioned } from './object-store.ts'

/**
 * Number of versions of a replaced object that stay. A writer could reuse a version's number only if it slept through
 * this many writes between reading the newest version and linking its own.
 */
const VERSIONS_KEPT = 100

/**
 * Objects as files of a folder, which the first write creates. A method throws a Failure with the remedy if the folder,
 * the disk or the rights do not allow its work.
 */
export function folderStore(location: string): ObjectStore {
  const root = resolve(location)
  const temporaries = join(root, '.writing')
  const pathOf = (key: string) => join(root, key)

  const guarded = guardedBy((action, error) => failureOf(action, root, error))

  /** Links a synced temporary file to its final name. Returns false if the name is taken; `rename` would replace it. */
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

  /** Removes the files of a killed process. */
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

/** A version's number as a file name: names sort like the numbers. */
const numbered = (version: number) => String(version).padStart(12, '0')

const newestVersion = async (folder: string) =>
  (await namesIn(folder))
    .filter(name => /^\d{12}$/.test(name))
    .sort()
    .at(-1)

const namesIn = async (folder: string) => (await absent(readdir(folder))) ?? []

/** Sorts by whole keys: a folder sorts by its name and a slash, so `a-b` comes before `a/b`. */
async function keysIn(root: string, folder: string): Promise<string[]> {
  const entries = (await absent(readdir(join(root, folder), { withFileTypes: true }))) ?? []
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map(entry => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .sort()
}

/** Returns undefined for "no such file". */
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

/** After a crash a file exists only if the folders above it were synced, too. */
async function sync(folder: string): Promise<void> {
  await using handle = await open(folder)
  await handle.sync()
}

/**
 * Node's own `recursive` never ends on a file system that answers mkdir with "no such file", as /proc does.
 * @returns the first folder that did not exist
 */
async function makeFolders(folder: string): Promise<string | undefined> {
  if (await isFolder(folder)) return undefined
  const first = await makeFolders(dirname(folder))
  try {
    await mkdir(folder)
    return first ?? folder
  } catch (error) {
    // Another process was faster.
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

/** Removes `folder` and its parents up to `first`, as long as they are empty. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  try {
    for (let empty = folder; empty.length >= first.length; empty = dirname(empty)) await rmdir(empty)
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'ENOENT') throw error
  }
}

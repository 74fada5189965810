import { randomUUID } from 'node:crypto'
import { mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Makes a folder once, even if several processes ask at the same time: one works on a draft and renames it when it is
 * complete, and the others wait. The lock of a dead process is taken over.
 * @param signal ends the waiting; `make` has to heed it, too
 */
export async function makeOnce(
  folder: string,
  make: (draft: string) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const lock = `${folder}.lock`
  while (!(await exists(folder))) {
    if (await acquire(lock)) {
      try {
        await draftAndRename(folder, make)
      } finally {
        await rm(lock, { force: true })
      }
    } else await sleep(100, undefined, { signal })
  }
}

async function draftAndRename(folder: string, make: (draft: string) => Promise<unknown>): Promise<void> {
  if (await exists(folder)) return
  const draft = `${folder}.${randomUUID()}`
  try {
    await mkdir(draft)
    await make(draft)
    await rename(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The lock is a symbolic link to its owner's process id, so it never exists without its owner. */
async function acquire(lock: string): Promise<boolean> {
  try {
    await symlink(String(process.pid), lock)
    return true
  } catch {
    const owner = await readlink(lock).then(Number, () => undefined)
    if (owner !== undefined && !isRunning(owner)) await rm(lock, { force: true })
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

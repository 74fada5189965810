import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * The folder for Node's compile cache; creates it if it is missing. Node runs the files there without checking their
 * owner, and its default is below /tmp. There, another user's code would run with the credentials of a restore.
 * @param uid of this process; undefined on Windows
 * @returns undefined if there is no folder that only this user can write
 */
export function compileCacheFolder(
  { XDG_CACHE_HOME: cacheHome = '' }: NodeJS.ProcessEnv = process.env,
  uid: number | undefined = process.getuid?.(),
): string | undefined {
  if (uid === undefined) return undefined
  try {
    const folder = join(isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache'), 'offset-watchdog')
    if (!withParents(nearestExisting(folder)).every(path => isSafe(path, uid))) return undefined
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // The links of the path are resolved, so that they cannot point elsewhere later.
    const real = realpathSync(folder)
    const { uid: owner, mode } = statSync(real)
    const isOwn = owner === uid && (mode & 0o077) === 0
    return isOwn && withParents(real).every(path => isSafe(path, uid)) ? real : undefined
  } catch {
    return undefined
  }
}

/**
 * True if only this user or root can replace the folder's entries: it is read-only for others, or sticky as /tmp is.
 */
function isSafe(path: string, uid: number): boolean {
  const { uid: owner, mode } = statSync(path)
  return (owner === uid || owner === 0) && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0)
}

function nearestExisting(path: string): string {
  return existsSync(path) ? realpathSync(path) : nearestExisting(dirname(path))
}

const withParents = (path: string): string[] =>
  path === dirname(path) ? [path] : [path, ...withParents(dirname(path))]

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Osls extends Disposable {
  /** Runs `osls <args>` for this stage; resolves to what it printed, and rejects with that where it fails. */
  run(...args: string[]): Promise<string>
}

/** The deployment of settings, as a person would run it, under a stage of its own. */
export function osls(stage: string, settings: object, env: Readonly<Record<string, string>> = {}): Osls {
  const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-osls-'))
  const file = join(folder, 'watchdog.yaml')
  writeFileSync(file, stringify(settings))

  return {
    async run(...args) {
      const options = {
        cwd: root,
        env: { ...process.env, ...env, WATCHDOG_CONFIG: file, SLS_TRACKING_DISABLED: '1' },
        maxBuffer: 64 * 1024 * 1024,
      }
      try {
        const { stdout, stderr } = await promisify(execFile)('osls', [...args, '--stage', stage], options)
        return stdout + stderr
      } catch (cause) {
        throw new Error(saidBy(cause), { cause })
      }
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true })
      rmSync(join(root, '.build', stage), { recursive: true, force: true })
    },
  }
}

// By its fields: in Jest's realm Node's errors are no instance of Error.
const saidBy = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'stdout' in cause && 'stderr' in cause
    ? [cause.stdout, cause.stderr].join('')
    : String(cause)

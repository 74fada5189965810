import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'

const repository = fileURLToPath(new URL('../../', import.meta.url))

export interface Osls extends Disposable {
  /** A copy of the deployed files. osls keeps its packages in this folder, so two runs need two folders. */
  folder: string
  /** Runs `osls <args>` for this stage. Resolves to its output, and rejects with its output if osls fails. */
  run(...args: string[]): Promise<string>
}

/** A deployment of these settings, as a user would run it. */
export function osls(stage: string, settings: object, env: Readonly<Record<string, string>> = {}): Osls {
  const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-osls-'))
  for (const part of ['serverless.yml', 'package.json', 'infra', 'functions']) {
    cpSync(join(repository, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'watchdog.yaml'), stringify(settings))

  return {
    folder,
    async run(...args) {
      const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
      try {
        const { stdout, stderr } = await promisify(execFile)('osls', [...args, '--stage', stage], options)
        return stdout + stderr
      } catch (cause) {
        throw new Error(saidBy(cause), { cause })
      }
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true })
    },
  }
}

// Reads the fields, since an error of Node is not an instance of Error in Jest's realm.
const saidBy = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'stdout' in cause && 'stderr' in cause
    ? [cause.stdout, cause.stderr].join('')
    : String(cause)

import { readSettings } from '../../functions/config/settings.ts'
import { Failure } from '../../functions/core/model/failure.ts'

/** A file system with the given files and no others. */
export const files = (content: Record<string, string>) => (path: string) => {
  const text = content[path]
  if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
  return text
}

export const fromYaml = (yaml: string, env: NodeJS.ProcessEnv = {}) =>
  readSettings({ ...env, WATCHDOG_CONFIG: 'watchdog.yaml' }, files({ 'watchdog.yaml': yaml }))

/** The message of a refusal. */
export function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) return error.message
    throw error
  }
  throw new Error('these settings were not refused')
}

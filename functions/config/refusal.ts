import type * as v from 'valibot'
import type { Failure } from '../core/model/failure.ts'
import { type Path, usage } from './yaml-file.ts'

const secrets = [
  'ca',
  'certificate',
  'privateKey',
  'saslPassword',
  'saslOauthClientSecret',
  'saslOauthTokenEndpoint',
  'botToken',
  'appToken',
  'signingSecret',
  'pingUrl',
  'url',
  'secret',
  'authorization',
]

type Issue = v.BaseIssue<unknown>

/**
 * `WATCHDOG_INTERVAL is "15 parsecs": write a duration such as 15m or 1h.` A mistyped key comes first, since it explains
 * why another key is missing.
 */
export function refusal(issues: readonly [Issue, ...Issue[]], nameOf: (path: Path) => string): Failure {
  const issue = issues.find(({ expected }) => expected === 'never') ?? issues[0]
  const path = (issue.path ?? []).map(item => (typeof item.key === 'number' ? item.key : String(item.key)))
  const name = nameOf(path)
  if (issue.type === 'strict_object') return usage(`${name} ${issue.message}`)

  const isShown = !secrets.includes(String(path.at(-1))) && !(issue.input instanceof Object)
  const was =
    issue.input === undefined ? 'is not set' : isShown ? `is ${shown(issue.input)}` : 'cannot be used'
  return usage(`${name} ${was}: ${issue.message}`)
}

/** A value as it was written, shortened. */
function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

import * as v from 'valibot'
import { nearest } from '../text/nearest.ts'

// Each message here ends a sentence: functions/config/settings.ts puts the setting's name and value in front.

export function notASetting(name: string, known: string[]): string {
  const meant = nearest(name, known)
  return `is not a setting: ${meant ? `did you mean ${meant}?` : `known are ${known.join(', ')}`}`
}

/** An object that refuses unknown keys, so that a typo never becomes a setting that is silently missing. */
export const section = <E extends v.ObjectEntries>(entries: E) =>
  v.strictObject(entries, issue => {
    if (issue.expected === 'Object') return `must contain ${Object.keys(entries).join(', ')}`
    if (issue.expected !== 'never') return 'is missing'

    return notASetting(JSON.parse(issue.received), Object.keys(entries))
  })

/** A text that `parse` accepts; `parse` returns undefined for other texts. */
export const parsed = <T>(allowed: string, parse: (text: string) => T | undefined) =>
  v.pipe(
    v.string(allowed),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value)
      if (value !== undefined) return value
      addIssue({ message: allowed })
      return NEVER
    }),
  )

export const text = v.pipe(v.string('write text'), v.nonEmpty('write text that is not empty'))

/** A pattern may be empty, since a group id may be empty, too. */
export const pattern = v.string('write a group id; * stands for any characters')

/** A key that may be missing; it then reads as undefined. */
export const perhaps = <S extends v.GenericSchema>(optionalSchema: S) =>
  v.optional(optionalSchema, () => undefined)

export const matching = (pattern: RegExp, allowed: string) =>
  v.pipe(v.string(allowed), v.regex(pattern, allowed))

/** Errors show the address, so it must not contain a password. */
export function isUrlWithoutUser(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** The id of a user group in Slack. */
export const userGroup = matching(/^S[A-Z0-9]{2,}$/, 'write the id of a Slack user group, such as S0123ABCD')

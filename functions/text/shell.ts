import { unseen } from './visible.ts'

/**
 * Words of a command line, quoted so that a POSIX shell passes exactly these words to the command.
 * @param environment variables for this command only
 */
export const commandLine = (words: readonly string[], environment: Record<string, string> = {}): string =>
  [
    ...Object.entries(environment).map(([name, value]) => `${name}=${shellQuoted(value)}`),
    ...words.map(shellQuoted),
  ].join(' ')

/**
 * POSIX.1-2024, 2.2: between single quotes every character stands for itself, except the single quote. A word with
 * invisible characters goes through `printf`, as its bytes. A command line cannot contain NUL.
 */
export function shellQuoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!unseen.test(word)) return single(word)

  // A command substitution cuts newlines off the end, so they stay outside.
  const body = word.replace(/\n+$/, '')
  const end = word.slice(body.length)
  return `${body === '' ? '' : `"$(printf ${single(format(body))})"`}${end === '' ? '' : single(end)}`
}

const single = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/** A leading dash would be an option of `printf`. */
const format = (word: string) =>
  Array.from(word, (character, i) => {
    if (character === '%' || character === '\\') return character.repeat(2)
    return unseen.test(character) || (i === 0 && character === '-') ? octal(character) : character
  }).join('')

const octal = (character: string) =>
  Array.from(new TextEncoder().encode(character), byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')

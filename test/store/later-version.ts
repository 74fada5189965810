/** A value that no list has yet. */
export const LATER = 'of-a-later-version'

/** JSON with another value in place of `value`. */
export const withLater = (json: string, value: string) =>
  json.replaceAll(RegExp(`"${value}"(?!:)`, 'g'), `"${LATER}"`)

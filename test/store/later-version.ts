/** A value that no list contains yet. */
export const LATER = 'of-a-later-version'

/** JSON with another value instead of `value`. */
export const withLater = (json: string, value: string) =>
  json.replaceAll(RegExp(`"${value}"(?!:)`, 'g'), `"${LATER}"`)

/**
 * Characters that steer a terminal or the reader's eye and show nothing: controls, bidirectional overrides, lone
 * surrogates, joiners. A joiner between two emoji is no such character, since it makes them one emoji.
 */
export const unseen =
  /(?!(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const allUnseen = new RegExp(unseen, 'gu')

/**
 * Makes every character visible, as an escape such as `\u{1b}`, so that a name can neither colour nor clear the screen.
 */
export const visible = (text: string): string =>
  text.replace(allUnseen, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)

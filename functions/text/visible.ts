/**
 * What steers a terminal, or a reader's eye, instead of showing: controls, bidirectional overrides, lone surrogates,
 * joiners. Between two emoji a joiner shows, as the one that they become.
 */
export const unseen =
  /(?!(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const allUnseen = new RegExp(unseen, 'gu')

/** Every character to be seen: an escape as `\u{1b}`, so that a name can neither colour nor clear the screen. */
export const visible = (text: string): string =>
  text.replace(allUnseen, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)

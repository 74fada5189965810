// S3's answers have no attributes and no nesting that matters, so searching them takes a tenth of the time of parsing.

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescaped = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    name === undefined
      ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
      : (entities[name] ?? whole),
  )

/** The texts of all elements with this name. A listing has a thousand keys, and its reader may need only the first. */
export function* textsOf(xml: string, element: string): Generator<string> {
  for (const [, text = ''] of xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g')))
    yield unescaped(text)
}

/** The text of the first element with this name. */
export function textOf(xml: string, element: string): string | undefined {
  const [text] = textsOf(xml, element)
  return text
}

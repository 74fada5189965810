/** A name in quotes, with its middle cut if it is long: names are untrusted, and up to 32 KB. */
export const quotedName = (name: string): string =>
  JSON.stringify(name.length > 100 ? `${name.slice(0, 50)}…${name.slice(-49)}` : name)

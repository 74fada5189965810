type Reviver = (key: string, value: unknown) => unknown

/** Deployed JSON is one line. */
class LineCounter {
  readonly lineStarts: readonly number[] = []
}

const parseDocument = (text: string) => ({
  errors: [],
  toJS: ({ reviver }: { reviver: Reviver }): unknown => JSON.parse(text, reviver),
})

/**
 * Takes the place of functions/config/yaml-parser.ts in deployed functions: infra/settings.ts has turned the settings
 * into JSON.
 */
export const yamlParser = () => ({ LineCounter, parseDocument })

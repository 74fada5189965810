type Reviver = (key: string, value: unknown) => unknown

/** Takes the place of the package `yaml` in deployed functions: infra/settings.ts has turned the settings into JSON. */
export const parseDocument = (text: string) => ({
  errors: [],
  toJS: ({ reviver }: { reviver: Reviver }): unknown => JSON.parse(text, reviver),
})

/** Deployed JSON is one line. */
export class LineCounter {
  readonly lineStarts: readonly number[] = []
}

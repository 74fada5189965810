type Reviver = (key: string, value: unknown) => unknown

/** In place of the package `yaml`, in what is deployed: infra/settings.ts has made JSON of the settings. */
export const parseDocument = (text: string) => ({
  errors: [],
  toJS: ({ reviver }: { reviver: Reviver }): unknown => JSON.parse(text, reviver),
})

/** JSON that is deployed stands in one line. */
export class LineCounter {
  readonly lineStarts: readonly number[] = []
}

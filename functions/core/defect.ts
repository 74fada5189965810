/** The result of `make`; undefined if it throws and the error is reported. */
export function unlessDefect<T>(
  group: string,
  { onDefect }: { onDefect?: ((group: string, error: unknown) => void) | undefined },
  make: () => T,
): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!onDefect) throw error
    onDefect(group, error)
    return undefined
  }
}

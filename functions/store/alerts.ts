import { errorText, Failure } from '../core/model/failure.ts'
import { alertKey } from './keys.ts'
import type { ObjectStore } from './objects/object-store.ts'

/** The watchdog's memory of its alerts, by cluster. This memory is the only thing in the store that changes. */
export interface AlertStore<State> {
  /** The current state, with its version for `write`; undefined before the first write. */
  read(cluster: string): Promise<{ state: State; version: string } | undefined>

  /**
   * Replaces the state if it is still at `version` (undefined: nothing stored yet), and returns the new version. Throws
   * Conflict if it is not.
   */
  write(cluster: string, state: State, version: string | undefined): Promise<string>
}

/**
 * @param parse builds a state from its JSON, or throws an error that says what is wrong
 * @param keyOf the key of a cluster's state
 */
export function alertStore<State>(
  objects: ObjectStore,
  parse: (json: unknown) => State,
  keyOf = alertKey,
): AlertStore<State> {
  return {
    async read(cluster) {
      const current = await objects.readVersioned(keyOf(cluster))
      if (!current) return undefined
      try {
        return { state: parse(JSON.parse(new TextDecoder().decode(current.bytes))), version: current.version }
      } catch (error) {
        throw new Failure(
          `cannot use the alert state of cluster "${cluster}" in ${objects.location}: ` +
            `${errorText(error)}. Remove ${keyOf(cluster)} there, and open incidents are ` +
            'posted again.',
          { cause: error },
        )
      }
    },

    write: (cluster, state, version) =>
      objects.replace(keyOf(cluster), new TextEncoder().encode(JSON.stringify(state, null, 2)), version),
  }
}

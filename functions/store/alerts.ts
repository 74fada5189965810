import { errorText, Failure } from '../core/model/failure.ts'
import { alertKey } from './keys.ts'
import type { ObjectStore } from './objects/object-store.ts'

/** What the watchdog remembers of its alerts, by cluster: the one thing in the store that changes. */
export interface AlertStore<State> {
  /** The state as it is now, with the version to write by; undefined before the first write. */
  read(cluster: string): Promise<{ state: State; version: string } | undefined>

  /** Replaces what is still at `version` (undefined: nothing yet). Returns the new version, or throws Conflict. */
  write(cluster: string, state: State, version: string | undefined): Promise<string>
}

/**
 * @param parse makes a state of its JSON, or throws an error that says what is wrong with it
 * @param keyOf where a cluster's state is
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
            `${errorText(error)}. Remove ${keyOf(cluster)} there: open incidents are ` +
            'then posted anew.',
          { cause: error },
        )
      }
    },

    write: (cluster, state, version) =>
      objects.replace(keyOf(cluster), new TextEncoder().encode(JSON.stringify(state, null, 2)), version),
  }
}

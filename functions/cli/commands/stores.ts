import { Failure } from '../../core/model/failure.ts'
import { UnknownGroup } from '../../jobs/not-found.ts'
import { forEach } from '../terminal/output.ts'

/** Prints why a store adds no cluster, and sets the exit code for it. */
export const tellFailures = (failures: readonly Failure[]): Promise<void> =>
  forEach(failures, async failure => Promise.reject(failure))

/** Start of a sentence if several stores are read: two stores may have a cluster of the same name. */
export const placeOf = (store: string, hasSeveralStores: boolean): string =>
  hasSeveralStores ? `in ${store}: ` : ''

export function placed(error: unknown, place: string): unknown {
  if (!(error instanceof Failure) || place === '') return error
  const Kind = error instanceof UnknownGroup ? UnknownGroup : Failure
  const { exitCode, inputs } = error
  return new Kind(place + error.message, { cause: error, exitCode, inputs })
}

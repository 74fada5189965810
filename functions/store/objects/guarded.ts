import { Failure } from '../../core/model/failure.ts'
import { Conflict } from '../../jobs/ports.ts'
import { type Action, AlreadyExists, TooLarge } from './object-store.ts'

const storeErrors = [AlreadyExists, TooLarge, Conflict, Failure]

/** Translates the errors of a store's work with `failureOf`. The store's own errors pass unchanged. */
export const guardedBy =
  (failureOf: (action: Action, error: unknown) => Error) =>
  async <T>(action: Action, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw storeErrors.some(type => error instanceof type) ? error : failureOf(action, error)
    }
  }

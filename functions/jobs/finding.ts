import { errorText } from '../core/model/failure.ts'
/** Result of one examination by doctor. */
export interface Finding {
  subject: string
  outcome: 'ok' | 'warn' | 'fail'
  /** The fact and its consequence. */
  says: string
  /** Null if nothing has to be done, or if `says` already contains the remedy. */
  remedy: string | null
}

export const ok = (subject: string, says: string): Finding => ({ subject, outcome: 'ok', says, remedy: null })

export const warn = (subject: string, says: string, remedy: string | null = null): Finding => ({
  subject,
  outcome: 'warn',
  says,
  remedy,
})

export const fail = (subject: string, says: string, remedy: string | null = null): Finding => ({
  subject,
  outcome: 'fail',
  says,
  remedy,
})

/** The findings; a failed finding if the examination throws. */
export async function orFailed(subject: string, examine: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await examine()
  } catch (error) {
    return [fail(subject, errorText(error))]
  }
}

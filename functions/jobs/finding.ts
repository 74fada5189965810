import { errorText } from '../core/model/failure.ts'
/** One thing that doctor looked at. */
export interface Finding {
  subject: string
  outcome: 'ok' | 'warn' | 'fail'
  /** What is so, and what that means. */
  says: string
  /** What to do about it, where `says` does not tell it already. */
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

/** The findings, or the one that they could not be made. */
export async function orFailed(subject: string, examine: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await examine()
  } catch (error) {
    return [fail(subject, errorText(error))]
  }
}

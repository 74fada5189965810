import { codeOf, property } from '../core/model/failure.ts'

/**
 * Why a request has no answer, as the end of a sentence. Leaves out the error's own message, which may contain the URL.
 */
export function whyNoAnswer(error: unknown, timeout: number): string {
  if (property(error, 'name') === 'TimeoutError') return `no answer within ${timeout / 1000} s`
  const code = codeOf(property(error, 'cause'))
  if (code === undefined) return 'it is out of reach'
  return /CERT|VERIFY/.test(code)
    ? `its certificate is not accepted (${code})`
    : `it is out of reach (${code})`
}

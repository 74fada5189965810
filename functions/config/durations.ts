import ms, { type StringValue } from 'ms'
import { DAY } from '../core/time.ts'
import { parsed } from './forms.ts'

const isDuration = (text: string): text is StringValue =>
  /^\d+(\.\d+)? ?(ms|s|m|h|d|w|seconds?|minutes?|hours?|days?|weeks?)$/.test(text)

/** In ms. A bare number is refused, since it does not say whether it means ms or minutes. */
export const durationOf = (text: string): number | undefined =>
  isDuration(text) ? Math.round(ms(text)) : undefined

export const duration = (least = 0, most = 3_650 * DAY, range = '') =>
  parsed(`write a duration such as 15m or 1h${range}`, text => {
    const length = durationOf(text) ?? Number.NaN
    return length >= least && length <= most ? length : undefined
  })

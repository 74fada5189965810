import { expect, test } from '@jest/globals'
import { lookupAnswer } from '../../functions/handlers/lookup-answer.ts'

const most = 6 * 1024 * 1024
const sizeOf = (result: object) => Buffer.byteLength(JSON.stringify(result))
const json = { format: 'json' } as const
const csv = { format: 'csv' } as const
const besideTheBody = (asked: typeof json | typeof csv) => sizeOf(lookupAnswer('', asked))

test.each([
  ['as large as Lambda allows', 'x'.repeat(most - besideTheBody(json)), json, 200],
  ['a byte larger than that', 'x'.repeat(most - besideTheBody(json) + 1), json, 413],
  ['that is too large because JSON escapes its quotes', '"'.repeat(most / 2), json, 413],
  ['of letters that take two bytes each', 'ø'.repeat(most / 2), json, 413],
  ['of offsets, whose line breaks count twice', 'orders,0,1\n'.repeat(most / 12), csv, 413],
  ['of few offsets', 'orders,0,1\n', csv, 200],
])('an answer %s', (_, body, asked, statusCode) => {
  const result = lookupAnswer(body, asked)
  expect(result.statusCode).toBe(statusCode)
  expect(sizeOf(result)).toBeLessThanOrEqual(most)
})

test.each([
  [json, ['topic=', 'format=csv', 'offset-watchdog lookup']],
  [{ ...json, topic: 'orders' }, ['format=csv', 'offset-watchdog lookup']],
  [csv, ['topic=', 'offset-watchdog lookup']],
  [{ ...csv, topic: 'orders' }, ['offset-watchdog lookup']],
])('an answer that is too large for %j names the remedies that are left', (asked, remedies) => {
  const { message } = JSON.parse(lookupAnswer('x'.repeat(most), asked).body ?? '')
  expect(message).toMatch(/^the answer has 6\.0 MiB, and AWS Lambda answers with at most 6 MiB: .*\.$/)
  const named = ['topic=', 'format=csv', 'offset-watchdog lookup'].filter(each => message.includes(each))
  expect(named).toEqual(remedies)
})

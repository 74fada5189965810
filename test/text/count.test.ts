import { expect, test } from '@jest/globals'
import { count, grouped } from '../../functions/text/count.ts'

test.each([
  0,
  1,
  12,
  999,
  1000,
  12_345,
  123_456,
  1_234_567,
  -1,
  -999,
  -1000,
  -123_456,
  2n ** 63n,
  -(2n ** 63n),
])('%p has a comma between thousands, as in English', n => expect(grouped(n)).toBe(n.toLocaleString('en-US')))

test.each([
  [0, '0 records'],
  [1, '1 record'],
  [1n, '1 record'],
  [2000n, '2,000 records'],
])('%p: %s', (n, text) => expect(count(n, 'record')).toBe(text))

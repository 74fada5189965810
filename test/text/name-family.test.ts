import { describe, expect, test } from '@jest/globals'
import { alike, nameFamily } from '../../functions/text/name-family.ts'

test.each([
  ['a number', 'ci-77', 'ci-…'],
  ['a hash', 'ci-8f3a91c2', 'ci-…'],
  ['a UUID', 'preview-550e8400-e29b-41d4-a716-446655440000', 'preview-…'],
  ['a UUID alone', '550e8400-e29b-41d4-a716-446655440000', '…'],
  ['a Kubernetes pod', 'billing-7d9f8b6c5d-x2x4z', 'billing-…'],
  ['a pod whose name ends without a digit', 'billing-7d9f8b6c5d-xkcdv', 'billing-…'],
  ['a random string', 'test_aGVsbG9Xb3JsZA', 'test_…'],
  ['a time', 'load-2026-11-22T14:00:00Z', 'load-…T…Z'],
  ['a version', 'orders-v2', 'orders-v…'],
  ['a number in the middle', 'shard3.orders', 'shard….orders'],
  ['no variable part', 'payments-consumer', 'payments-consumer'],
  ['words without vowels', 'https-mysql', 'https-mysql'],
  ['words that look hexadecimal', 'facade-decade', 'facade-decade'],
  ['camel case', 'paymentsOrdersConsumer', 'paymentsOrdersConsumer'],
  ['an empty name', '', ''],
])('%s', (_, name, family) => {
  expect(nameFamily(name)).toBe(family)
})

describe('names of one family', () => {
  const names = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const grouped = (list: string[]) =>
    alike(list, name => name).map(({ family, items }) => (family ? `${items.length} ${family}` : items[0]))

  test('are grouped from five on, at the position of the first', () => {
    expect(grouped(['b', ...names(5, 'ci'), 'a', ...names(4, 'etl'), 'ci-9'])).toEqual([
      'b',
      '6 ci-…',
      'a',
      ...names(4, 'etl'),
    ])
  })

  test('are grouped quickly, even ten thousand', () => {
    expect(grouped(names(10_000, 'ci'))).toEqual(['10000 ci-…'])
  })
})

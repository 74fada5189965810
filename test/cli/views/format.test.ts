import { describe, expect, test } from '@jest/globals'
import { time } from '../../../functions/cli/flags/options.ts'
import { date, name, span } from '../../../functions/cli/views/format.ts'
import { table } from '../../../functions/cli/views/table.ts'
import { count } from '../../../functions/text/count.ts'
import { visible } from '../../../functions/text/visible.ts'
import { day, hour, minute } from '../sample.ts'

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [minute, '1 min'],
  [61_000, '1 min 1 s'],
  [hour + 59_000, '1 h'],
  [2 * day + 4 * hour + 59 * minute, '2 d 4 h'],
  [7 * day, '7 d'],
  [999 * day, '999 d'],
  [1001 * day, '2 years'],
  [2 ** 63, '273,785 years'],
])('a span of %d ms is %s', (ms, words) => {
  expect(span(ms)).toBe(words)
})

const now = Date.UTC(2026, 10, 22)
test.each([
  ['this year', Date.UTC(2026, 10, 24, 16, 0, 59), 'Tue 24 Nov 16:00'],
  ['next year', Date.UTC(2027, 0, 1), 'Fri 1 Jan 2027 00:00'],
  ['the far future', 2 ** 63, 'Fri 31 Dec 9999 23:59'],
])('a date of %s', (_, at, words) => {
  expect(date(at, now)).toBe(words)
})

test.each([
  ['plain text', 'team.orders', 'team.orders'],
  ['text that would clear the screen', '\u001b[2J', '\\u{1b}[2J'],
  ['two lines', 'a\r\nb', 'a\\u{d}\\u{a}b'],
  ['text that turns the reading direction', 'a\u202eb', 'a\\u{202e}b'],
  ['half a surrogate pair', 'a\ud800', 'a\\u{d800}'],
  ['no characters', '', '(empty)'],
  ['many characters', 'a'.repeat(200), 'a'.repeat(200)],
  ['an emoji of several joined characters', '👩‍👩‍👧', '👩‍👩‍👧'],
  ['an invisible joiner', 'a\u200db\u200d🎉', 'a\\u{200d}b\\u{200d}🎉'],
])('a name of %s is safe to print', (_, text, shown) => {
  expect(name(text)).toBe(shown)
})

test('an emoji counts as one character, and is printed', () => {
  expect(visible('🎉 группа')).toBe('🎉 группа')
  expect(count(1n, 'record')).toBe('1 record')
  expect(count(12_345, 'record')).toBe('12,345 records')
})

test('columns align even if a character is two columns wide', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['日本', '1'],
        ['e\u0301', '2'],
        ['\u001b[31mred\u001b[39m', '3'],
      ],
    ).split('\n'),
  ).toEqual(['A     B', '日本  1', 'e\u0301     2', '\u001b[31mred\u001b[39m   3'])
})

describe('a table on a terminal', () => {
  const headings = ['LEVEL', 'GROUP', 'TIME LEFT', 'IF LOST']
  const rows = [
    ['last', 'a-group-with-a-long-name', '2 d 4 h', 'reads 7 again'],
    ['ok', 'b', '', ''],
  ]

  test('prints one line a row if it is wide enough', () => {
    expect(table(headings, rows, 59)).toBe(table(headings, rows, Infinity))
    expect(table(headings, rows, 59).split('\n')).toHaveLength(3)
  })

  test('moves the last columns below if it is too narrow, and cuts nothing', () => {
    expect(table(headings, rows, 50).split('\n')).toEqual([
      'LEVEL  GROUP                     TIME LEFT',
      '    IF LOST',
      'last   a-group-with-a-long-name  2 d 4 h',
      '    reads 7 again',
      'ok     b',
    ])
  })

  test('puts a name on its own line if it is narrower than the name', () => {
    expect(table(headings, rows, 30).split('\n').slice(3)).toEqual([
      'last',
      '    a-group-with-a-long-name',
      '    2 d 4 h    reads 7 again',
      'ok',
      '    b',
    ])
  })
})

describe('--at', () => {
  test.each([
    ['2026-11-22T14:00Z', Date.UTC(2026, 10, 22, 14)],
    ['2026-11-22T15:00:30+01:00', Date.UTC(2026, 10, 22, 14, 0, 30)],
    ['2026-11-22T14:00:00.123Z', Date.UTC(2026, 10, 22, 14, 0, 0, 123)],
  ])('%s is a time', (text, at) => {
    expect(time(text)).toBe(at)
  })

  test.each([
    '2026-11-22T14:00',
    '2026-11-22',
    'yesterday',
    '2026-02-30T14:00Z',
    '2026-11-22T25:00Z',
    '22.11.2026 14:00',
  ])('%s is not a time', text => {
    expect(() => time(text)).toThrow(/zone|Write a time/)
  })
})

import { describe, expect, test } from '@jest/globals'
import { readOffsetsFile } from '../../functions/cli/flags/restore.ts'
import { parseOffsets } from '../../functions/contracts/offsets-file.ts'

const parse = (text: string) => parseOffsets(text, 'offsets.csv', 'orders')
const two = [
  { topic: 'team.orders', partition: 0, offset: 12n },
  { topic: 'team.orders', partition: 1, offset: 9223372036854775807n },
]

describe('a file of offsets is read', () => {
  test.each([
    ['without a group', 'team.orders,0,12\nteam.orders,1,9223372036854775807\n'],
    ['with a column for the group', 'orders,team.orders,0,12\norders,team.orders,1,9223372036854775807'],
    [
      'with a byte order mark and Windows line breaks',
      '\ufeffteam.orders,0,12\r\nteam.orders,1,9223372036854775807\r\n',
    ],
    ['with quotes', '"team.orders","0","12"\n"team.orders",1,9223372036854775807\n'],
    ['with blanks around the cells', ' team.orders, 0 ,\t12\n"team.orders" , 1, 9223372036854775807 \n'],
    ['with empty lines', '\n\nteam.orders,0,12\n\nteam.orders,1,9223372036854775807\n\n'],
    [
      'with other groups',
      'orders,team.orders,0,12\nrates,team.rates,0,1\norders,team.orders,1,9223372036854775807',
    ],
  ])('%s', (_, text) => {
    expect(parse(text)).toEqual(two)
  })

  test('with a group of any name', () => {
    const group = `"a",\nb`
    expect(parseOffsets('"""a"",\nb",t,0,1', 'x', group)).toEqual([{ topic: 't', partition: 0, offset: 1n }])
  })

  test('with the empty group', () => {
    const expected = [{ topic: 't', partition: 0, offset: 1n }]
    expect(parseOffsets(',t,0,1', 'x', '')).toEqual(expected)
    expect(parseOffsets('" ",t,0,2\n , t, 0, 1', 'x', '')).toEqual(expected)
  })

  test('with an impossible offset, which the plan refuses', () => {
    expect(parse('t,0,-5').map(({ offset }) => offset)).toEqual([-5n])
  })
})

describe('a file of offsets is refused for', () => {
  test.each([
    ['a missing column', 't,0,1\nt,1', 'offsets.csv, line 2, has 2 columns'],
    ['a column too many', 'a,b,t,0,1', 'offsets.csv, line 1, has 5 columns'],
    ['rows with different numbers of columns', 't,0,1\ng,t,1,1', 'offsets.csv, line 2, has 4 columns'],
    [
      'headings',
      'topic,partition,offset',
      'line 1, has "partition" as the partition: write its number, and no header line.',
    ],
    ['a partition below zero', 't,-1,1', 'line 1, has "-1" as the partition'],
    ['a partition beyond 31 bits', 't,2147483648,1', 'line 1, has "2147483648" as the partition'],
    ['a fraction', 't,0,1.5', 'line 1, has "1.5" as the offset'],
    ['a missing offset', 't,0,', 'line 1, has "" as the offset'],
    ['a word in place of an offset', 't,0,latest', 'line 1, has "latest" as the offset'],
    ['an impossible topic', '../t,0,1', 'line 1, has "../t" as the topic: write a valid topic name.'],
    ['a topic of two dots', '..,0,1', 'line 1, has ".." as the topic'],
    [
      'a topic with control characters for a terminal',
      '\u001b[2J,0,1',
      'line 1, has "\\u001b[2J" as the topic: write a valid topic name.',
    ],
    ['a partition twice', 't,0,1\nt,0,2', 'line 2, names partition 0 of t a second time.'],
    ['a quote that does not close', '"t,0,1', 'offsets.csv is not CSV: '],
    ['an empty file', '', 'offsets.csv has no offsets'],
    [
      'only other groups',
      'rates,t,0,1',
      'offsets.csv has only offsets of other groups, and none of "orders".',
    ],
  ])('%s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  test('a path that does not exist', () => {
    expect(() => readOffsetsFile('/no/such/file', 'orders')).toThrow(
      'cannot read "/no/such/file": the file does not exist, or you may not read it. Correct --from-file.',
    )
  })
})

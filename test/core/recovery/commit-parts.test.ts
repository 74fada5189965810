import { expect, test } from '@jest/globals'
import { firstPart, MOST_BYTES, recordBytes } from '../../../functions/core/recovery/commit-parts.ts'

const of = (count: number, metadata = '', topic = 'orders') =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition, metadata }))

/** The number of commits in each request, if all requests succeed. */
function plan(group: string, commits: ReturnType<typeof of>, mostBytes: number): number[] {
  const sizes: number[] = []
  for (let rest = commits; rest.length > 0; ) {
    const part = firstPart(group, rest, mostBytes)
    sizes.push(part.length)
    rest = rest.slice(part.length)
  }
  return sizes
}

const long = 'm'.repeat(4090)

test.each<[string, ReturnType<typeof of>, number, number[]]>([
  ['no commits need no request', [], MOST_BYTES, []],
  ['a usual group takes one request', of(1000), MOST_BYTES, [1000]],
  ['8,000 partitions without metadata take one request', of(8000), MOST_BYTES, [8000]],
  ['more than 1 MB takes several requests', of(700, long), MOST_BYTES, [239, 239, 222]],
  ['a request is full if the next commit would be too much', of(5), 3 * 79, [3, 2]],
  [
    'a commit above the limit takes a request of its own',
    [...of(1), ...of(1, long), ...of(2)],
    200,
    [1, 1, 2],
  ],
  ['each commit takes its own request if no two fit', of(3), 1, [1, 1, 1]],
])('%s', (_, commits, mostBytes, sizes) => {
  expect(plan('gr', commits, mostBytes)).toEqual(sizes)
})

test.each([
  ['group', { group: 'группа' }],
  ['topic', { topic: 'группа' }],
  ['metadata', { metadata: 'группа' }],
])('the size counts bytes of UTF-8, not characters: %s', (_, name) => {
  const { group, ...commit } = { group: '', topic: '', partition: 0, metadata: '', ...name }
  expect(recordBytes(group, [commit]) - recordBytes('', of(1, '', ''))).toBe(12)
})

import { expect, test } from '@jest/globals'
import { groupPartition } from '../../functions/core/group-partition.ts'

test.each([
  ['my-group', 12],
  ['test-group', 12],
  ['connect-sink', 22],
  ['группа', 8],
  ['', 0],
  ['polygenelubricants', 0], // its hash is the smallest int32, whose absolute value is none
])('of 50 partitions "%s" is in %i', (group, partition) => expect(groupPartition(group, 50)).toBe(partition))

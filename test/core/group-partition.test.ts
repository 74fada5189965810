import { expect, test } from '@jest/globals'
import { groupPartition } from '../../functions/core/group-partition.ts'

test.each([
  ['my-group', 12],
  ['test-group', 12],
  ['connect-sink', 22],
  ['группа', 8],
  ['', 0],
  ['polygenelubricants', 0], // its hash is the smallest int32, which has no absolute value
])('"%s" is in partition %i of 50', (group, partition) => expect(groupPartition(group, 50)).toBe(partition))

import { expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'

test.each([
  ['a bucket', 's3://bucket/prefix', true],
  ['a bucket of Google', 'gs://bucket', true],
  ['a folder', './offset snapshots', true],
  ['a folder of Windows', 'C:\\snapshots', true],
  ['a bucket in quotes, as Docker reads them from a file', '"s3://bucket/prefix"', false],
  ['a bucket in single quotes', "'gs://bucket'", false],
  ['a bucket with a line end of Windows', 's3://bucket/prefix\r', false],
  ['a bucket after a blank', ' s3://bucket', false],
  ['the ARN of a bucket', 'arn:aws:s3:::bucket', false],
])('WATCHDOG_STORE is %s: %j is accepted: %s', (_, store, isAccepted) => {
  const read = () => readSettings({ WATCHDOG_STORE: store }, () => '').store
  if (isAccepted) expect(read()).toBe(store)
  else expect(read).toThrow(/^WATCHDOG_STORE is .*: write a bucket as s3:/)
})

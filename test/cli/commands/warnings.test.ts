import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { warnOfUnmatched } from '../../../functions/cli/commands/warnings.ts'
import { readSettings } from '../../../functions/config/settings.ts'

test('a silence that is saved stays a success if the snapshot cannot be read afterwards', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'warnings-'))
  const store = join(folder.path, 'no-folder')
  await writeFile(store, '')
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await warnOfUnmatched(
      readSettings({ WATCHDOG_STORE: store }, () => ''),
      'prod',
      'payments-*',
    )
    expect(stderr.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^The silence is saved, but .*: cannot read the store .*: it is not a folder\. /,
        ),
      ],
    ])
  } finally {
    stderr.mockRestore()
  }
})

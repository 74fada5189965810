import { expect, test } from '@jest/globals'
import { Command } from 'commander'
import { restoreFlags } from '../../../functions/cli/flags/restore.ts'

test.each<[string, string[], number[]]>([
  ['one list', ['--partition', '0,3'], [0, 3]],
  ['a partition twice', ['--partition', '0,0'], [0]],
  ['the option twice', ['--partition', '0', '--partition', '3,0'], [0, 3]],
])('--partition: %s', (_, args, expected) => {
  const command = restoreFlags(new Command('restore')).parse(['orders', ...args], { from: 'user' })
  expect(command.opts().partition).toEqual(expected)
})

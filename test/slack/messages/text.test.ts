import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { command } from '../../../functions/slack/messages/command.ts'
import { code, date, duration } from '../../../functions/slack/messages/text.ts'
import { count } from '../../../functions/text/count.ts'
import { shellQuoted } from '../../../functions/text/shell.ts'

describe('a name', () => {
  test.each([
    ['ordinary characters', 'payments-v1', '`payments-v1`'],
    ['markup', 'my_group_*id*', '`my_group_*id*`'],
    ['a mention', '<!channel> & <@U1>', '`&lt;!channel&gt; &amp; &lt;@U1&gt;`'],
    ['a link', '<https://evil.example|ok>', '`&lt;https://evil.example|ok&gt;`'],
    ['an escaped mention', '&lt;!here&gt;', '`&amp;lt;!here&amp;gt;`'],
    ['backticks', 'a`b```c', '`aˋbˋˋˋc`'],
    ['a newline', 'a\nb', '`a\\u{a}b`'],
    ['a right-to-left override', 'a\u202egnp.exe', '`a\\u{202e}gnp.exe`'],
    ['invisible characters', 'a\u200bb\u0000', '`a\\u{200b}b\\u{0}`'],
    ['half a surrogate pair', 'a\ud83d', '`a\\u{d83d}`'],
    ['spaces at its ends', ' a b ', '`␣a b␣`'],
    ['no characters', '', '(empty name)'],
    ['letters of another script', 'группа-😀', '`группа-😀`'],
  ])('with %s', (_, name, shown) => {
    expect(code(name)).toBe(shown)
  })

  test('that is long loses its middle, by whole characters', () => {
    expect(code('😀'.repeat(16_000), 5)).toBe('`😀😀…😀😀`')
    expect(code('abcdef', 4)).toBe('`ab…f`')
  })
})

describe('a time', () => {
  test('is shown in the reader’s zone, or in UTC as a fallback', () => {
    expect(date(Date.UTC(2026, 10, 27, 13, 2, 59))).toBe(
      '<!date^1795784579^{date_short_pretty} at {time}|2026-11-27 13:02 UTC>',
    )
  })

  test('beyond all calendars does not fail', () => {
    expect(date(Number.MAX_VALUE)).toContain('9999-12-31')
  })

  test.each([
    [0, 'less than a second'],
    [35_400, '35 seconds'],
    [60_000, '1 minute'],
    [3_600_000, '1 hour'],
    [7 * 86_400_000, '7 days'],
    [3 * 86_400_000 - 1, '2 days 23 hours'],
    [86_400_000 + 59_000, '1 day'],
    [1001 * 86_400_000, '2 years'],
  ])('of %d ms is written in words', (ms, words) => {
    expect(duration(ms)).toBe(words)
  })

  test.each([
    [1n, '1 record'],
    [0, '0 records'],
    [12_345_678n, '12,345,678 records'],
  ])('%s is shown with its noun', (n, words) => {
    expect(count(n, 'record')).toBe(words)
  })
})

describe('a command', () => {
  test.each([
    ['an ordinary name', 'payments-v1', 'offset-watchdog lookup payments-v1 --cluster prod'],
    ['a substitution', '$(reboot)', "offset-watchdog lookup '$(reboot)' --cluster prod"],
    ['a single quote', "it's", "offset-watchdog lookup 'it'\\''s' --cluster prod"],
    ['an empty name', '', "offset-watchdog lookup '' --cluster prod"],
    ['a name that looks like an option', '--help', 'offset-watchdog lookup --cluster prod -- --help'],
    ['a newline', 'a\nreboot', null],
    ['a right-to-left override', 'a\u202eb', null],
    ['a backtick', '`reboot`', null],
    ['a name that is too long to paste', 'x'.repeat(501), null],
  ])('with %s', (_, group, line) => {
    expect(command('lookup', group, 'prod')).toBe(line)
  })

  test('reaches the program unchanged through a shell', () => {
    const word = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0'))
    fc.assert(
      fc.property(word, text => {
        const { stdout } = spawnSync('sh', ['-c', `printf %s ${shellQuoted(text)}`], { encoding: 'utf8' })
        return stdout === text
      }),
      { numRuns: 50 },
    )
  })
})

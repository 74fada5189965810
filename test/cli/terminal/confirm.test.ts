import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { confirm } from '../../../functions/cli/terminal/confirm.ts'

/**
 * Types this line; `undefined` is Ctrl-D. Returns the outcome, and the text on the terminal.
 * @param ctrlC pressed while the question is open
 */
async function typing(line: string | undefined, name: string, ctrlC?: AbortController) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const { signal } = ctrlC ?? new AbortController()
  const asked = confirm(name, 'Name', { signal, input, output }).then(
    () => 'confirmed',
    (error: unknown) => String(error),
  )
  ctrlC?.abort(new Error('interrupted'))
  if (line === undefined) input.end()
  else input.write(line)
  const outcome = await asked
  output.end()
  return { outcome, shown: await text(output) }
}

describe('a user at the terminal', () => {
  test.each([
    ['types the name', 'orders', 'orders\n'],
    ['types the name and a space', 'orders', 'orders \n'],
    ['types the quotes of an empty name', '', '""\n'],
    ['types a blank name with its quotes', '  ', '"  "\n'],
    ['types an invisible character in its printed form', 'a\u001bb', 'a\\u{1b}b\n'],
  ])('%s, and confirms', async (_, name, line) => {
    expect(await typing(line, name)).toMatchObject({ outcome: 'confirmed' })
  })

  test.each([
    ['types another name', 'order\n'],
    ['only presses Enter', '\n'],
    ['types yes', 'yes\n'],
    ['presses Ctrl-D', undefined],
  ])('%s, and nothing is written', async (_, line) => {
    const { outcome, shown } = await typing(line, 'orders')
    expect(outcome).toBe('Failure: the name does not match: nothing was written.')
    expect(shown).toContain('Name (orders): ')
  })

  test.each([
    ['', '\n', '("")'],
    ['  ', '\n', '("  ")'],
    ['', '  \n', '("")'],
  ])('does not confirm the name %j with %j', async (name, line, question) => {
    const { outcome, shown } = await typing(line, name)
    expect(outcome).toBe('Failure: the name does not match: nothing was written.')
    expect(shown).toContain(question)
  })

  test('presses Ctrl-C, and nothing is written', async () => {
    const interrupted = new AbortController()
    const { outcome, shown } = await typing('', 'orders', interrupted)
    expect(outcome).toBe('Error: interrupted')
    expect(shown).toMatch(/\nNothing was written\.\n$/)
  })
})

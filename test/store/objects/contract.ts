import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { Conflict } from '../../../functions/jobs/ports.ts'
import { AlreadyExists, type ObjectStore, TooLarge } from '../../../functions/store/objects/object-store.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (object: Uint8Array | undefined) => object && new TextDecoder().decode(object)

/**
 * The contract that every driver of the store must pass unchanged.
 * @param emptyPlace makes a place that no test has used before, and returns its WATCHDOG_STORE
 */
export function objectStoreContract(emptyPlace: () => Promise<string>): void {
  let location: string
  let objects: ObjectStore
  const keys = (prefix: string, after?: string) => Array.fromAsync(objects.list(prefix, after))

  beforeEach(async () => {
    location = await emptyPlace()
    objects = openStore(location)
  })

  describe('create and read', () => {
    test('an object is read back, whole and in ranges', async () => {
      await objects.create('a/b', bytes('0123456789'))
      expect(textOf(await objects.read('a/b'))).toBe('0123456789')
      expect(textOf(await objects.read('a/b', { offset: 2, length: 3 }))).toBe('234')
      expect(textOf(await objects.read('a/b', { offset: 8, length: 100 }))).toBe('89')
      expect(textOf(await objects.read('a/b', { offset: 10, length: 1 }))).toBe('')
    })

    test('a missing object is undefined', async () => {
      expect(await objects.read('a/b')).toBeUndefined()
      expect(await objects.read('a/b', { offset: 0, length: 1 })).toBeUndefined()
    })

    test('an object that is larger than its reader expects is not read', async () => {
      await objects.create('a/b', bytes('0123456789'))
      expect(textOf(await objects.read('a/b', undefined, 10))).toBe('0123456789')
      await expect(objects.read('a/b', undefined, 9)).rejects.toThrow(TooLarge)
    })

    test('an empty object is not a missing one', async () => {
      await objects.create('empty', bytes(''))
      expect(textOf(await objects.read('empty'))).toBe('')
    })

    test('the same content again succeeds; other content is refused and changes nothing', async () => {
      await objects.create('a', bytes('first'))
      await objects.create('a', bytes('first'))
      await expect(objects.create('a', bytes('other'))).rejects.toThrow(AlreadyExists)
      expect(textOf(await objects.read('a'))).toBe('first')
    })

    test('many objects are created at once', async () => {
      const all = Array.from({ length: 20 }, (_, i) => `many/${i}`)
      await Promise.all(all.map(key => objects.create(key, bytes(key))))
      for (const key of all) expect(textOf(await objects.read(key))).toBe(key)
    })
  })

  describe('list', () => {
    test('has the order of the keys, not of folders', async () => {
      const ordered = ['a-b', 'a.b/c', 'a/b', 'a/c/d', 'a=b', 'aa']
      for (const key of ordered.toReversed()) await objects.create(key, bytes('x'))
      expect(await keys('')).toEqual(ordered)
    })

    test.each([
      {
        prefix: 'p/dt=2026-11-2',
        after: '',
        expected: ['p/dt=2026-11-21/x', 'p/dt=2026-11-22/x', 'p/dt=2026-11-22/y'],
      },
      { prefix: 'p/', after: 'p/dt=2026-11-22/', expected: ['p/dt=2026-11-22/x', 'p/dt=2026-11-22/y'] },
      { prefix: 'p/', after: 'p/dt=2026-11-22/x', expected: ['p/dt=2026-11-22/y'] },
      { prefix: 'p/', after: 'p/dt=2027-01-01/', expected: [] },
      { prefix: 'q/', after: '', expected: [] },
      { prefix: 'p/dt=2026-11-22/x', after: '', expected: ['p/dt=2026-11-22/x'] },
    ])('has the keys of "$prefix" after "$after"', async ({ prefix, after, expected }) => {
      for (const day of ['01', '21', '22']) await objects.create(`p/dt=2026-11-${day}/x`, bytes('x'))
      await objects.create('p/dt=2026-11-22/y', bytes('y'))
      await objects.create('pp/dt=2026-11-22/x', bytes('x'))
      expect(await keys(prefix, after)).toEqual(expected)
    })

    test('continues after the 1,000 keys of a page', async () => {
      const all = Array.from({ length: 1005 }, (_, i) => `many/${String(i).padStart(4, '0')}`)
      for (let i = 0; i < all.length; i += 50) {
        await Promise.all(all.slice(i, i + 50).map(key => objects.create(key, bytes(''))))
      }
      expect(await keys('many/')).toEqual(all)
    })
  })

  describe('replace', () => {
    test('makes the next version from the newest one', async () => {
      expect(await objects.readVersioned('alerts/state')).toBeUndefined()
      const first = await objects.replace('alerts/state', bytes('1'), undefined)
      const second = await objects.replace('alerts/state', bytes('2'), first)
      expect(await objects.readVersioned('alerts/state')).toEqual({
        bytes: Buffer.from('2'),
        version: second,
      })
    })

    test('is refused from any other version, however old', async () => {
      const versions: string[] = []
      for (let i = 0; i < 120; i++) {
        versions.push(await objects.replace('state', bytes(String(i)), versions.at(-1)))
      }
      for (const version of [undefined, versions[0], versions[50], versions[118]]) {
        await expect(objects.replace('state', bytes('other'), version)).rejects.toThrow(Conflict)
      }
      expect(textOf((await objects.readVersioned('state'))?.bytes)).toBe('119')
    })

    test('is refused if a version is given and there is no object', async () => {
      const version = await objects.replace('here', bytes('1'), undefined)
      await expect(objects.replace('elsewhere', bytes('1'), version)).rejects.toThrow(Conflict)
      expect(await objects.readVersioned('elsewhere')).toBeUndefined()
    })
  })

  describe('two processes at once', () => {
    async function hammer(what: 'create' | 'replace'): Promise<unknown[]> {
      const script = fileURLToPath(new URL('hammer.ts', import.meta.url))
      // Environment variables set by a test exist only in Jest's copy of the environment.
      const options = { execArgv: [], env: process.env }
      const processes = ['one', 'two'].map(name => fork(script, [location, what, name], options))
      const next = (child: ChildProcess) => once(child, 'message').then(([message]: unknown[]) => message)

      expect(await Promise.all(processes.map(next))).toEqual(['ready', 'ready'])
      const answers = processes.map(next)
      for (const child of processes) child.send('go')
      const ended = processes.map(child => once(child, 'exit'))
      const results = await Promise.all(answers)
      await Promise.all(ended)
      return results
    }

    test('create each object once', async () => {
      const [one, two] = await hammer('create')
      expect(new Set([...list(one), ...list(two)])).toEqual(new Set(await keys('created/')))
      expect(list(one).length + list(two).length).toBe(200)
      for (const key of list(one)) expect(textOf(await objects.read(String(key)))).toBe('one')
      for (const key of list(two)) expect(textOf(await objects.read(String(key)))).toBe('two')
    })

    test('never undo what the other has written', async () => {
      const written = (await hammer('replace')).flatMap(list).map(Number)
      expect(written.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
      expect(textOf((await objects.readVersioned('counter'))?.bytes)).toBe('200')
    })
  })

  describe('housekeeping', () => {
    test('probe leaves nothing behind', async () => {
      await objects.probe()
      expect(await keys('')).toEqual([])
      await objects.create('a', bytes('1'))
      await objects.probe()
      expect(await keys('')).toEqual(['a'])
    })

    test('remove, if the driver has it, removes only that object, and may be repeated', async () => {
      await objects.create('a/b', bytes('1'))
      await objects.create('a/c', bytes('1'))
      await objects.remove?.('a/b')
      await objects.remove?.('a/b')
      expect(await keys('')).toEqual(objects.remove ? ['a/c'] : ['a/b', 'a/c'])
    })
  })
}

const list = (result: unknown): unknown[] => (Array.isArray(result) ? result : [])

import { once } from 'node:events'
import { Conflict } from '../../../functions/jobs/ports.ts'
import { AlreadyExists } from '../../../functions/store/objects/object-store.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'

// One of two processes that the contract suite runs on the same objects at the same time.
const [location = '', what, name = ''] = process.argv.slice(2)
const objects = openStore(location)
const bytes = (text: string) => new TextEncoder().encode(text)

/** Keys that this process created. */
async function createAll(): Promise<string[]> {
  const won: string[] = []
  for (let i = 0; i < 200; i++) {
    const key = `created/${i}`
    try {
      await objects.create(key, bytes(name))
      won.push(key)
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error
    }
  }
  return won
}

/** Numbers that this process wrote, each one more than the number it had read. */
async function count(): Promise<number[]> {
  const written: number[] = []
  while (written.length < 100) {
    const current = await objects.readVersioned('counter')
    const next = current ? Number(new TextDecoder().decode(current.bytes)) + 1 : 1
    try {
      await objects.replace('counter', bytes(String(next)), current?.version)
      written.push(next)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
  return written
}

process.send?.('ready')
await once(process, 'message')
process.send?.(what === 'create' ? await createAll() : await count())
process.disconnect()

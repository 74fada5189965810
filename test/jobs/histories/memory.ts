import { Conflict } from '../../../functions/jobs/ports.ts'
import { takenAtOf } from '../../../functions/store/keys.ts'
import { AlreadyExists, type ObjectStore } from '../../../functions/store/objects/object-store.ts'
import type { Process } from './processes.ts'

const KINDS = ['manifests/', 'snapshots/']

/**
 * A store's objects in memory, which can be damaged. These objects follow the contract in
 * test/store/objects/contract.ts.
 */
export class Memory {
  #created = new Map<string, Uint8Array>()
  readonly #replaced = new Map<string, { bytes: Uint8Array; version: number }>()
  readonly #damaged = new Set<string>()
  onRemove: (takenAt: number) => void = () => {}

  /** Times of the snapshots whose two objects are both there and undamaged, oldest first. */
  get usable(): number[] {
    return this.taken.filter(takenAt =>
      KINDS.every(kind =>
        this.#created
          .keys()
          .some(key => key.startsWith(kind) && takenAtOf(key) === takenAt && !this.#damaged.has(key)),
      ),
    )
  }

  /** Times of the snapshots that have a manifest, oldest first. */
  get taken(): number[] {
    const manifests = this.#created.keys().filter(key => key.startsWith('manifests/'))
    return Array.from(manifests, key => takenAtOf(key) ?? 0).sort((a, b) => a - b)
  }

  /** Flips one bit in one of a snapshot's two objects. */
  damage(takenAt: number, kind: number, bit: number): void {
    const key = this.#keysOf(takenAt)[kind]
    const bytes = key && this.#created.get(key)
    if (!key || !bytes || this.#damaged.has(key)) return
    const flipped = Uint8Array.from(bytes)
    const at = bit % (flipped.length * 8)
    flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7))
    this.#created.set(key, flipped)
    this.#damaged.add(key)
  }

  lose(takenAt: number): void {
    for (const key of this.#keysOf(takenAt)) this.#created.delete(key)
  }

  /**
   * Copies all snapshots.
   * @returns a function that puts them back
   */
  backUp(): () => void {
    const [created, damaged] = [new Map(this.#created), new Set(this.#damaged)]
    return () => {
      this.#created = new Map(created)
      this.#damaged.clear()
      for (const key of damaged) this.#damaged.add(key)
    }
  }

  /** The newest version of an object that is often replaced. */
  replaced(key: string): string | undefined {
    return this.#replaced.get(key) && new TextDecoder().decode(this.#replaced.get(key)?.bytes)
  }

  seenBy(process: Process): ObjectStore {
    const [created, replaced] = [() => this.#created, this.#replaced]
    return {
      location: 'memory',
      marks: undefined,
      create: (key, bytes) =>
        process.call('store', () => {
          const there = created().get(key)
          if (there && !Buffer.from(there).equals(bytes)) throw new AlreadyExists(key)
          created().set(key, bytes)
        }),
      read: (key, range) =>
        process.call('store', () => {
          const bytes = created().get(key)
          return range ? bytes?.subarray(range.offset, range.offset + range.length) : bytes
        }),
      async *list(prefix, after = '') {
        yield* await process.call('store', () =>
          [...created().keys()].filter(key => key.startsWith(prefix) && key > after).sort(),
        )
      },
      readVersioned: key =>
        process.call('store', () => {
          const there = replaced.get(key)
          return there && { bytes: there.bytes, version: String(there.version) }
        }),
      replace: (key, bytes, version) =>
        process.call('store', () => {
          const current = replaced.get(key)?.version
          if (version !== (current === undefined ? undefined : String(current))) throw new Conflict(key)
          const next = (current ?? 0) + 1
          replaced.set(key, { bytes, version: next })
          return String(next)
        }),
      remove: key =>
        process.call('store', () => {
          if (created().has(key)) this.onRemove(takenAtOf(key) ?? 0)
          created().delete(key)
        }),
      probe: async () => {},
    }
  }

  #keysOf(takenAt: number): string[] {
    return [...this.#created.keys()].filter(key => takenAtOf(key) === takenAt).sort()
  }
}

import { Failure } from '../../../functions/core/model/failure.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import type { ObjectStore } from '../../../functions/store/objects/object-store.ts'

export interface Marked {
  objects: ObjectStore
  /** The mark of each object. */
  marks: Map<string, string>
  /** Every request to the store, such as `create` or `mark`. */
  requests: string[]
  /** May throw before a request, as if the request failed or the process ended there. */
  before: (request: string, key: string) => void | Promise<void>
}

/** A folder whose objects have marks, like a bucket with the policy of infra/storage.yml. */
export function markedStore(folder: string): Marked {
  const files = folderStore(folder)
  const marks = new Map<string, string>()
  const requests: string[] = []
  const asked = async (request: string, key: string) => {
    requests.push(request)
    await marked.before(request, key)
  }
  const marked: Marked = {
    marks,
    requests,
    before: () => {},
    objects: {
      ...files,
      async create(key, bytes, mark) {
        await asked('create', key)
        // The mark is set first, so that nobody sees the object without its mark: S3 sets both at once.
        if (mark && !marks.has(key)) marks.set(key, mark)
        await files.create(key, bytes)
      },
      async read(key, range) {
        await asked('read', key)
        return files.read(key, range)
      },
      async *list(prefix, after) {
        await asked('list', prefix)
        yield* files.list(prefix, after)
      },
      remove: undefined,
      marks: {
        async read(key) {
          await asked('read mark', key)
          return marks.get(key)
        },
        async replace(key, keep) {
          await asked('mark', key)
          if (marks.get(key) !== 'newest') throw new Failure(`AccessDenied: ${key} is marked for good`)
          marks.set(key, keep)
        },
      },
    },
  }
  return marked
}

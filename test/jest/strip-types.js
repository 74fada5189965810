import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'

/** Runs tests on the same sources as Node: blanks out the types, and transforms nothing else. */
export default {
  process: source => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: source => createHash('sha256').update(process.version).update(source).digest('hex'),
}

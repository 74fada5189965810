import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'

/** Runs tests on the very sources Node runs: types are blanked out, nothing else is transformed. */
export default {
  process: source => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: source => createHash('sha256').update(process.version).update(source).digest('hex'),
}

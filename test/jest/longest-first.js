/** Files that take a minute or more. */
const longest = [
  'accuracy/accuracy',
  'e2e/faults',
  'deploy/deploy',
  'compat/compat',
  'e2e/demo',
  'demo/end',
  'brokers/broker',
  'e2e/brokers',
  'e2e/shapes',
  'e2e/negative-offsets',
  'e2e/incident',
  'e2e/restore-coordinators',
  'e2e/restore',
  'kafka/consumer-offsets/read-log',
  'accuracy/records/records',
  'e2e/buttons',
  'e2e/restore-guards',
  'e2e/empty-group',
].map(name => `/test/${name}.test.ts`)

/**
 * Starts the longest files first, so that no long file runs alone at the end. In a fresh clone Jest knows no
 * durations and sorts by size; the other files keep that order.
 */
export default class LongestFirst {
  sort(tests) {
    const rank = ({ path }) => {
      const found = longest.findIndex(name => path.endsWith(name))
      return found === -1 ? longest.length : found
    }
    const size = ({ path, context }) => context.hasteFS.getSize(path) ?? 0
    return [...tests].sort((a, b) => rank(a) - rank(b) || size(b) - size(a))
  }

  /** For `--onlyFailures`, which would need a cache of results. */
  allFailedTests(tests) {
    return tests
  }

  cacheResults() {}
}

export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  reporters: ['default', '<rootDir>/test/jest/closing-line.js'],
  globalSetup: '<rootDir>/test/jest/setup.js',
  globalTeardown: '<rootDir>/test/jest/teardown.js',
  testSequencer: '<rootDir>/test/jest/longest-first.js',
  // Tests of real brokers spend more than a third of their time waiting for them, so two cores serve three workers.
  maxWorkers: 3,
  // Both limits only end what hangs: a test on a busy machine takes several times as long, and so does a worker's exit.
  testTimeout: 300_000,
  workerGracefulExitTimeout: 10_000,
}

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
  testTimeout: 120_000,
}

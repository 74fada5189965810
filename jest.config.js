export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  reporters: ['default', '<rootDir>/test/jest/closing-line.js'],
  globalSetup: '<rootDir>/test/kafka/shared/setup.js',
  globalTeardown: '<rootDir>/test/kafka/shared/teardown.js',
  // Besides each worker a test may run a Kafka or two.
  maxWorkers: 2,
  testTimeout: 120_000,
}

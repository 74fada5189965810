export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  reporters: ['default', '<rootDir>/test/jest/closing-line.js'],
  globalSetup: '<rootDir>/test/brokers/shared/setup.js',
  globalTeardown: '<rootDir>/test/brokers/shared/teardown.js',
  // Besides each worker a test may run a Kafka or two.
  maxWorkers: 2,
  testTimeout: 120_000,
}

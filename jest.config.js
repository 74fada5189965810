export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip-types.js' },
  reporters: ['default', '<rootDir>/test/jest/closing-line.js'],
  testTimeout: 120_000,
}

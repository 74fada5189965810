import { createRequire } from 'node:module'

/**
 * Loads the YAML parser on first use: its 73 files take 30 ms, and settings in the environment need none of them. An
 * `import()` would make reading settings asynchronous. Deployed functions have infra/json-for-yaml.ts instead.
 */
export const yamlParser = (): Pick<typeof import('yaml'), 'LineCounter' | 'parseDocument'> =>
  createRequire(import.meta.url)('yaml')

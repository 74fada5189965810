import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { keepOwnSources } from './own-source-map.ts'
import type { Packaged } from './settings.ts'

const inInfra = (file: string) => join(import.meta.dirname, file)

/**
 * Leaves out of the bundle:
 * - kafkajs' clients. Nothing that can produce, consume or commit is deployed. kafkajs opens connections, and the requests
 *   of functions/kafka/protocol/messages/ do the rest.
 * - Google Cloud Storage: the store of a Lambda function is the bucket of its stack.
 * - The YAML parser: settings are packaged as JSON. With it and the search for AWS credentials, a bundle has four times
 *   the size.
 * - hyparquet-writer's encoders, 12 KB. Its ParquetWriter writes the footer; functions/store/ writes the column chunks.
 */
const leaveOut: Plugin = {
  name: 'leave-out',
  setup(bundling) {
    const nothing = { path: 'nothing', namespace: 'left-out' }
    bundling.onResolve({ filter: /^\.\/(src\/)?(producer|consumer|admin)(\/|$)/ }, ({ importer }) =>
      /\/kafkajs\/(src\/)?index\.js$/.test(importer) ? nothing : undefined,
    )
    const requests = ['./apiKeys', './apiVersions', './metadata', './saslHandshake', './saslAuthenticate']
    bundling.onResolve({ filter: /^\.\// }, ({ path, importer }) =>
      importer.endsWith('/kafkajs/src/protocol/requests/index.js') && !requests.includes(path)
        ? nothing
        : undefined,
    )
    bundling.onResolve({ filter: /^\.\/(column|dremel|snappy|variant)\.js$/ }, ({ importer }) =>
      importer.endsWith('/hyparquet-writer/src/parquet-writer.js') ? nothing : undefined,
    )
    bundling.onResolve({ filter: /^\.\/gcs\.ts$/ }, () => nothing)
    bundling.onResolve({ filter: /^\.\/yaml-parser\.ts$/ }, () => ({ path: inInfra('json-for-yaml.ts') }))
    bundling.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/**
 * Makes `.build/<stage>/<name>`: the function in one file, its source map, and its settings, one file a cluster.
 * esbuild's metafile lies beside it.
 * @param root the repository
 */
export async function bundle(
  root: string,
  stage: string,
  name: string,
  settings: Map<string, Packaged>,
): Promise<void> {
  const folder = join(root, '.build', stage, name)
  rmSync(folder, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/handlers/${name}.ts`],
    outfile: join(folder, `${name}.mjs`),
    bundle: true,
    minify: true,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // A CommonJS package may still require a module of Node.js.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    alias: {
      // Lambda puts credentials into the environment.
      '@aws-sdk/credential-provider-node': inInfra('lambda-credentials.ts'),
    },
    plugins: [leaveOut],
    logLevel: 'error',
  })
  keepOwnSources(join(folder, `${name}.mjs.map`))
  writeFileSync(join(root, '.build', stage, `${name}.json`), JSON.stringify(metafile))

  mkdirSync(join(folder, 'settings'))
  for (const [cluster, packaged] of settings) {
    writeFileSync(join(folder, 'settings', `${cluster}.json`), JSON.stringify(packaged, null, 2))
  }
}

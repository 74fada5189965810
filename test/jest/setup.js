import { mkdir, mkdtemp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { archiveClasses } from '../brokers/class-archive.ts'
import { nodeClasses } from '../brokers/libraries.ts'
import { serveSharedKafka } from '../brokers/shared/server.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))

export default async () => {
  // The first download takes longer than a test may. If it fails, the tests that need it give the reason.
  for (const version of ['4.4.0', '4.3.1', '3.9.2', '3.6.2']) await nodeClasses(version).catch(() => {})
  await archiveClasses().catch(() => {})

  // For the other programs that tests start with this environment.
  process.env.NODE_COMPILE_CACHE ??= `${repository}.cache/compiled`
  globalThis.bundledCli = await bundleCli()
  process.env.BUNDLED_CLI = `${globalThis.bundledCli}/main.js`

  globalThis.sharedKafka = await serveSharedKafka()
  process.env.SHARED_KAFKA = globalThis.sharedKafka.url
}

/** The command line as npm packs it: tests start it hundreds of times, and its sources take twice as long to load. */
async function bundleCli() {
  await mkdir(`${repository}.cache`, { recursive: true })
  const outdir = await mkdtemp(`${repository}.cache/cli-`)
  await build({
    absWorkingDir: repository,
    entryPoints: ['functions/cli/main.ts'],
    bundle: true,
    packages: 'external',
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.15',
    outdir,
  })
  return outdir
}

#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import * as zlib from 'node:zlib'

// Snapshots, and what producers send, are compressed with Zstandard, which Node.js has since 22.15.
if (!('zstdCompress' in zlib)) {
  console.error(
    `offset-watchdog needs Node.js 22.15 or later, and this is ${process.version}: install a newer one.`,
  )
  process.exit(2)
}

// An older one lacks this, too, and would not get as far as the sentence above.
const { enableCompileCache } = await import('node:module')

// Stripping the types and compiling is half of what a short command takes, and need not be done twice.
const { compileCacheFolder } = await import('./compile-cache.ts')
const folder = compileCacheFolder()
if (folder !== undefined) enableCompileCache(folder)

// A snapshot makes short-lived objects by the million. Where V8's young generation grows with them, it takes half of
// these for lasting ones: half the memory in the same time.
setFlagsFromString('--semi-space-growth-factor=1')
// One that small is cleaned sooner than other threads have come to help.
setFlagsFromString('--no-parallel-scavenge')

// npm runs a script in its package's folder, but who types `npm --prefix` means paths from where he stands.
const { npm_lifecycle_event: script, INIT_CWD: standsIn } = process.env
if (script === 'cli' && standsIn) process.chdir(standsIn)

const { main } = await import('./program.ts')
await main()

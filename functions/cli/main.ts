#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import * as zlib from 'node:zlib'

// Snapshots and producers use Zstandard. Node.js has it since 22.15.
if (!('zstdCompress' in zlib)) {
  console.error(
    `offset-watchdog needs Node.js 22.15 or later, and this is ${process.version}: install a newer version.`,
  )
  process.exit(2)
}

// An older Node.js lacks this export, so a static import would fail before the sentence above is printed.
const { enableCompileCache } = await import('node:module')

// Stripping the types and compiling take half of a short command's time; the cache saves both.
const { compileCacheFolder } = await import('./compile-cache.ts')
const folder = compileCacheFolder()
if (folder !== undefined) enableCompileCache(folder)

// A snapshot creates millions of short-lived objects. If V8's young generation grew with them, half of them would move
// to the old one. A small young generation needs half the memory and the same time.
setFlagsFromString('--semi-space-growth-factor=1')
// A young generation of this size is collected before helper threads have started.
setFlagsFromString('--no-parallel-scavenge')

// npm runs a script in the folder of its package, but the paths after `npm --prefix` are relative to the user's folder.
const { npm_lifecycle_event: script, INIT_CWD: standsIn } = process.env
if (script === 'cli' && standsIn) process.chdir(standsIn)

const { main } = await import('./program.ts')
await main()

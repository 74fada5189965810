#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Stripping the types and compiling is half of what a short command takes, and need not be done twice.
enableCompileCache()

// A snapshot makes short-lived objects by the million. Where V8's young generation grows with them, it takes half of
// these for lasting ones: a third less memory in the same time.
setFlagsFromString('--semi-space-growth-factor=1')

// npm runs a script in its package's folder, but who types `npm --prefix` means paths from where he stands.
const { npm_lifecycle_event: script, INIT_CWD: standsIn } = process.env
if (script === 'cli' && standsIn) process.chdir(standsIn)

const { main } = await import('./cli/program.ts')
await main()

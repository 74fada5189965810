#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Stripping the types and compiling is half of what a short command takes, and need not be done twice.
enableCompileCache()

// A snapshot makes short-lived objects by the million. Where V8's young generation grows with them, it takes half of
// these for lasting ones: a third less memory in the same time.
setFlagsFromString('--semi-space-growth-factor=1')

const { main } = await import('./cli/program.ts')
await main()

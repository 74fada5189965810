#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Stripping the types and compiling is half of what a short command takes, and need not be done twice.
enableCompileCache()
const { main } = await import('./cli/program.ts')
await main()

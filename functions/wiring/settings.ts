import { existsSync, readdirSync, readFileSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { routesOfFile } from '../config/included-routes.ts'
import { readSettings } from '../config/settings.ts'
import type { Route, Settings } from '../core/model/settings.ts'

export const toolVersion = packageJson.version

export const settingsOfEnvironment = (): Settings => readSettings(process.env, readFile, listFolder)

const readFile = (path: string): string => readFileSync(path, 'utf8')

/** A folder that does not exist has no files. Then a pattern in `include` reports the fault. */
const listFolder = (path: string): string[] => (existsSync(path) ? readdirSync(path) : [])

export const routesIn = (file: string): Route[] => routesOfFile(file, readFile)

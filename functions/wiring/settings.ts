import { existsSync, readdirSync, readFileSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { routesOfFile } from '../config/included-routes.ts'
import { readSettings } from '../config/settings.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Route, Settings } from '../core/model/settings.ts'

export const toolVersion = packageJson.version

export const settingsOfEnvironment = (): Settings => readSettings(process.env, readFile, listFolder)

const readFile = (path: string): string => readFileSync(path, 'utf8')

/** A folder that does not exist has no files: a pattern in `include` says so then. */
const listFolder = (path: string): string[] => (existsSync(path) ? readdirSync(path) : [])

/** @see routesOfFile */
export const routesIn = (file: string): Route[] => routesOfFile(file, readFile)

/** The clusters that were asked for: one by its name, or all. */
export function chosen({ clusters }: Settings, name: string | undefined): ClusterSettings[] {
  const found = name === undefined ? clusters : clusters.filter(cluster => cluster.name === name)
  if (found.length > 0) return found
  throw new Failure(
    `cluster "${name}" is not configured: choose ${clusters.map(cluster => `"${cluster.name}"`).join(' or ')}.`,
    { exitCode: 2 },
  )
}

import { posix } from 'node:path'
import * as v from 'valibot'
import { matches } from '../core/glob.ts'
import type { IncludedPlace, Route } from '../core/model/settings.ts'
import { routesFile } from './policy-schema.ts'
import { refusal } from './refusal.ts'
import { type ListFolder, type ReadFile, readYaml, usage } from './yaml-file.ts'

/** A route as its file spells it. */
export interface IncludedRoute {
  route: unknown
  place: IncludedPlace
}

interface Files {
  readFile: ReadFile
  listFolder: ListFolder
  env: NodeJS.ProcessEnv
}

/**
 * The routes of all files that `include` names, in its order; files of one pattern are sorted by name.
 * @param include each path or pattern with the name of its setting; `*` in the last part of a path stands for any
 *   characters
 * @param folder of the settings; relative paths start there
 * @throws Failure (exit code 2) that names the setting, the file and the line
 */
export function includedRoutes(
  include: readonly { pattern: string; setting: string }[],
  folder: string,
  files: Files,
): IncludedRoute[] {
  const read = new Set<string>()
  return include.flatMap(({ pattern, setting }) =>
    filesOf(pattern, setting, folder, files.listFolder).flatMap(file => {
      if (read.has(file)) return []
      read.add(file)
      return readRoutesFile(file, posix.join(folder, file), setting, files)
    }),
  )
}

/** Paths relative to the settings' folder. */
function filesOf(pattern: string, setting: string, folder: string, list: ListFolder): string[] {
  const { dir, base } = posix.parse(pattern)
  if (dir.includes('*'))
    throw usage(
      `${setting} is ${JSON.stringify(pattern)}: write \`*\` in the name of a file, not of a folder.`,
    )
  if (!base.includes('*')) return [pattern]

  const found = list(posix.join(folder, dir))
    .filter(name => matches(base, name) && !name.startsWith('.'))
    .sort()
  if (found.length > 0) return found.map(name => posix.join(dir, name))
  throw usage(`${setting} is ${JSON.stringify(pattern)}, which matches no file: correct it, or remove it.`)
}

function readRoutesFile(
  file: string,
  path: string,
  setting: string,
  { readFile, env }: Files,
): IncludedRoute[] {
  const { tree, place } = readYaml(setting, path, readFile, env)
  const { success, issues } = v.safeParse(routesFile, tree)
  if (!success) throw refusal(issues, place)
  const routes: unknown[] = Array.isArray(tree.routes) ? tree.routes : []
  return routes.map((route, index) => ({ route, place: { file, index } }))
}

/**
 * Reads one file by itself, so that the team that owns it can check it.
 * @throws Failure (exit code 2) as above
 */
export function routesOfFile(path: string, readFile: ReadFile): Route[] {
  const files = { readFile, listFolder: () => [], env: {} }
  const included = readRoutesFile(path, path, 'the file', files)
  return v
    .parse(routesFile, { routes: included.map(({ route }) => route) })
    .routes.map((route, i) => ({ ...route, place: included[i]?.place }))
}

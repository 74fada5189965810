import { codeOf, Failure } from '../core/model/failure.ts'
import { yamlParser } from './yaml-parser.ts'

export type Path = readonly (string | number)[]
export type Mapping = Record<string, unknown>
export type ReadFile = (path: string) => string
/** The names of the files in a folder. */
export type ListFolder = (path: string) => string[]

export interface YamlFile {
  tree: Mapping
  /** A setting with its file and line. A missing setting gets the line of the section that lacks it. */
  place: (keys: Path) => string
}

/**
 * Reads a YAML file. A value `${NAME}` is replaced by the environment variable NAME, so that no secret has to be in
 * the file.
 * @param setting the name of the setting that names the file
 * @throws Failure (exit code 2)
 */
export function readYaml(
  setting: string,
  path: string,
  readFile: ReadFile,
  env: NodeJS.ProcessEnv,
): YamlFile {
  const { LineCounter, parseDocument } = yamlParser()
  const lineCounter = new LineCounter()
  const document = parseDocument(readText(setting, path, readFile), { lineCounter })
  const [error] = document.errors
  // The message has only the error's first line, since an excerpt of the file follows, which may contain a secret.
  if (error)
    throw usage(`${path} is not valid YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}.`, error)

  const reviver = (key: unknown, value: unknown) => {
    const name = typeof value === 'string' ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined
    if (name === undefined) return whole(key, value)
    if (env[name]) return env[name]
    throw usage(
      `${String(key)} in ${path} refers to \${${name}}, which is not set: set ${name} in the environment.`,
    )
  }
  function whole(key: unknown, value: unknown): unknown {
    const part = typeof value === 'string' ? /\$\{\w+\}/.exec(value)?.[0] : undefined
    if (part === undefined) return value
    throw usage(
      `${String(key)} in ${path} has ${part} inside a longer text, which is not replaced: write ${part} alone, or the text itself.`,
    )
  }
  const tree: unknown = document.toJS({ reviver })
  // Deployed settings are one line of JSON.
  const hasLines = lineCounter.lineStarts.length > 1
  return {
    tree: isMapping(tree) ? tree : {},
    place: keys => `${dotted(keys)} in ${path}${hasLines ? ` (line ${lineOf(keys)})` : ''}`,
  }

  function lineOf(keys: Path): number {
    for (let length = keys.length; length > 0; length--) {
      const node = document.getIn(keys.slice(0, length), true)
      const range = node instanceof Object && 'range' in node && Array.isArray(node.range) ? node.range : []
      if (typeof range[0] === 'number') return lineCounter.linePos(range[0]).line
    }
    return 1
  }
}

/** @throws Failure (exit code 2) that names the setting whose file cannot be read */
export function readText(name: string, path: string, readFile: ReadFile): string {
  try {
    return readFile(path)
  } catch (cause) {
    const why = codeOf(cause) === 'ENOENT' ? 'does not exist' : 'cannot be read'
    throw usage(`${name} is ${JSON.stringify(path)}, which ${why}: give the path of a readable file.`, cause)
  }
}

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** clusters[0].kafka.ca */
export const dotted = (path: Path): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i > 0 ? `.${key}` : key)).join('')

/** @param message a sentence, with or without its full stop */
export const usage = (message: string, cause?: unknown): Failure =>
  new Failure(/[.?]$/.test(message) ? message : `${message}.`, { exitCode: 2, cause })

import { parseDocument } from 'yaml'
import { Failure } from '../core/model/failure.ts'
import { kafkaSection, notASetting, schema, slackSection } from './schema.ts'

export type Path = readonly (string | number)[]
type Mapping = Record<string, unknown>
export type ReadFile = (path: string) => string

/** What somebody has set, not validated yet, and what he calls each of it. */
export interface SettingsTree {
  tree: unknown
  /** `KAFKA_CA`, or `clusters[0].kafka.ca in watchdog.yaml`. */
  nameOf(path: Path): string
}

/** A setting's name in the environment: `caPath` of Kafka is KAFKA_CA_PATH. */
const variable = (prefix: string, key: string) =>
  `${prefix}_${key.replace(/[A-Z]/g, capital => `_${capital}`).toUpperCase()}`

/** Keys are there also when nobody set them, so that it is their own schema that says what is missing. */
const section = (prefix: string, keys: string[], env: NodeJS.ProcessEnv): Mapping =>
  Object.fromEntries(keys.map(key => [key, env[variable(prefix, key)] || undefined]))

const topKeys = Object.keys(schema.entries).filter(key => key !== 'slack' && key !== 'clusters')
const watchdogVariables = [
  'WATCHDOG_CONFIG',
  'WATCHDOG_CLUSTER',
  ...topKeys.map(key => variable('WATCHDOG', key)),
]

export function configuredBy(env: NodeJS.ProcessEnv, readFile: ReadFile): SettingsTree {
  // KAFKA_ and SLACK_ names belong to others, too; WATCHDOG_ ones are ours alone.
  const unknown = Object.keys(env).find(
    name => name.startsWith('WATCHDOG_') && !watchdogVariables.includes(name),
  )
  if (unknown) {
    throw usage(`${unknown} ${notASetting(unknown, watchdogVariables)}`)
  }

  const top = section('WATCHDOG', topKeys, env)
  // The concurrency is of a deployment, which reads the file alone.
  const slackKeys = Object.keys(slackSection.entries).filter(key => key !== 'reservedConcurrency')
  const slack = section('SLACK', slackKeys, env)
  const kafka = section('KAFKA', Object.keys(kafkaSection.entries), env)
  const { WATCHDOG_CONFIG: path, WATCHDOG_CLUSTER: name } = env
  if (!path)
    return { tree: { ...top, slack, clusters: [{ name: name || 'kafka', kafka }] }, nameOf: nameOfVariable }

  if (name)
    throw usage(
      'WATCHDOG_CLUSTER has no effect beside WATCHDOG_CONFIG: unset it and name the cluster in the file.',
    )
  const file = readYaml(path, readFile, env)
  const { clusters } = file
  return {
    tree: {
      ...top,
      ...file,
      slack: isMapping(file.slack) ? { ...slack, ...file.slack } : (file.slack ?? slack),
      ...(Array.isArray(clusters) && {
        clusters: clusters.map(cluster => (isMapping(cluster) ? { kafka, ...cluster } : cluster)),
      }),
    },
    nameOf: keys => (isOfFile(file, keys) ? `${dotted(keys)} in ${path}` : nameOfVariable(keys)),
  }
}

function nameOfVariable(path: Path): string {
  const [parent, key] = [path.at(-2), String(path.at(-1))]
  if (parent === 'kafka') return variable('KAFKA', key)
  if (parent === 'slack') return variable('SLACK', key)
  return variable('WATCHDOG', key === 'name' ? 'cluster' : key)
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const child = (tree: unknown, key: string | number): unknown =>
  Array.isArray(tree) ? tree[Number(key)] : isMapping(tree) ? tree[key] : undefined

/** Of a cluster the file has all, or Kafka's section not at all; of the rest the environment completes each key. */
const isOfFile = (file: Mapping, path: Path) =>
  (path[0] === 'clusters' ? path.slice(0, -1) : path).reduce(child, file) !== undefined

/** clusters[0].kafka.ca */
const dotted = (path: Path) =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i > 0 ? `.${key}` : key)).join('')

/** A text that is `${NAME}` stands for what NAME is in the environment, so that no secret has to be in the file. */
function readYaml(path: string, readFile: ReadFile, env: NodeJS.ProcessEnv): Mapping {
  const document = parseDocument(readText('WATCHDOG_CONFIG', path, readFile))
  const [error] = document.errors
  // Only the first line: below it comes an excerpt of the file, which may hold a secret.
  if (error)
    throw usage(`${path} is not valid YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}.`, error)

  const reviver = (key: unknown, value: unknown) => {
    const name = typeof value === 'string' ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined
    if (name === undefined) return value
    if (env[name]) return env[name]
    throw usage(
      `${String(key)} in ${path} refers to \${${name}}, which is not set: set ${name} in the environment.`,
    )
  }
  const tree: unknown = document.toJS({ reviver })
  if (isMapping(tree)) return tree
  throw usage(`${path} holds no settings: write at least clusters, each with a name.`)
}

/** @throws Failure (exit code 2) that names the setting whose file cannot be read. */
export function readText(name: string, path: string, readFile: ReadFile): string {
  try {
    return readFile(path)
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
        ? 'does not exist'
        : 'cannot be read'
    throw usage(`${name} is ${JSON.stringify(path)}, which ${why}: give the path of a readable file.`, cause)
  }
}

/** @param message a sentence, whose full stop may be missing */
export const usage = (message: string, cause?: unknown) =>
  new Failure(/[.?]$/.test(message) ? message : `${message}.`, { exitCode: 2, cause })

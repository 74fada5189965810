import { posix } from 'node:path'
import type { IncludedPlace } from '../core/model/settings.ts'
import { notASetting } from './forms.ts'
import { type IncludedRoute, includedRoutes } from './included-routes.ts'
import { kafkaSection } from './kafka-section.ts'
import { schema, slackSection, webhookSection } from './schema.ts'
import {
  dotted,
  isMapping,
  type ListFolder,
  type Mapping,
  type Path,
  type ReadFile,
  readYaml,
  usage,
} from './yaml-file.ts'

/** Settings before validation, each with the name that the user knows. */
export interface SettingsTree {
  tree: unknown
  /** `KAFKA_CA`, or `clusters[0].kafka.ca in watchdog.yaml`. */
  nameOf: (path: Path) => string
  /** The file and line of a cluster's route; undefined if the route stands in the settings themselves. */
  includedFrom(cluster: number, route: number): IncludedPlace | undefined
}

/** A setting's name in the environment: `caPath` of Kafka is KAFKA_CA_PATH. */
const variable = (prefix: string, key: string) =>
  `${prefix}_${key.replace(/[A-Z]/g, capital => `_${capital}`).toUpperCase()}`

/** Unset keys exist, too, so that their own schema reports what is missing. */
const section = (prefix: string, keys: string[], env: NodeJS.ProcessEnv): Mapping =>
  Object.fromEntries(keys.map(key => [key, env[variable(prefix, key)] || undefined]))

const topKeys = Object.keys(schema.entries).filter(key => !['slack', 'webhooks', 'clusters'].includes(key))
const webhookKeys = Object.keys(webhookSection.entries)
const watchdogVariables = [
  'WATCHDOG_CONFIG',
  'WATCHDOG_CLUSTER',
  ...topKeys.map(key => variable('WATCHDOG', key)),
  ...webhookKeys.map(key => variable('WATCHDOG_WEBHOOK', key)),
]

export function configuredBy(
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  listFolder: ListFolder = () => [],
): SettingsTree {
  // Other programs use KAFKA_ and SLACK_ names, too. WATCHDOG_ names are ours alone.
  const unknown = Object.keys(env).find(
    name => name.startsWith('WATCHDOG_') && !watchdogVariables.includes(name),
  )
  if (unknown) {
    throw usage(`${unknown} ${notASetting(unknown, watchdogVariables)}`)
  }

  const top = section('WATCHDOG', topKeys, env)
  // The keys that are left out are for a deployment, which reads only the settings file.
  const slackKeys = Object.keys(slackSection.entries).filter(
    key => key !== 'reservedConcurrency' && key !== 'buttons' && !key.startsWith('ignore'),
  )
  const slack = section('SLACK', slackKeys, env)
  const webhook = section('WATCHDOG_WEBHOOK', webhookKeys, env)
  const webhooks = Object.values(webhook).some(value => value !== undefined) ? [webhook] : []
  const kafka = section('KAFKA', Object.keys(kafkaSection.entries), env)
  const { WATCHDOG_CONFIG: path, WATCHDOG_CLUSTER: name } = env
  if (!path)
    return {
      tree: { ...top, slack, webhooks, clusters: [{ name: name || 'kafka', kafka }] },
      nameOf: nameOfVariable,
      includedFrom: () => undefined,
    }

  if (name)
    throw usage(
      'WATCHDOG_CLUSTER has no effect beside WATCHDOG_CONFIG: unset it and name the cluster in the file.',
    )
  const { tree: file, place } = readYaml('WATCHDOG_CONFIG', path, readFile, env)
  if (Object.keys(file).length === 0)
    throw usage(`${path} contains no settings: write at least clusters, each with a name.`)

  const folder = posix.dirname(path)
  const includedBy = (cluster: Mapping, i: number): IncludedRoute[] => {
    const include = Array.isArray(cluster.include) ? cluster.include : []
    const named = include.flatMap((pattern: unknown, n) => {
      const setting = place(['clusters', i, 'include', n])
      return typeof pattern === 'string' && pattern !== '' ? [{ pattern, setting }] : []
    })
    return includedRoutes(named, folder, { readFile, listFolder, env })
  }
  const clusters = Array.isArray(file.clusters)
    ? file.clusters.map((cluster: unknown, i) =>
        isMapping(cluster) ? { cluster, included: includedBy(cluster, i) } : { cluster, included: [] },
      )
    : undefined
  return {
    tree: {
      ...top,
      webhooks,
      ...file,
      slack: isMapping(file.slack) ? { ...slack, ...file.slack } : (file.slack ?? slack),
      ...(clusters && {
        clusters: clusters.map(({ cluster, included }) =>
          isMapping(cluster) ? { kafka, ...withRoutes(cluster, included) } : cluster,
        ),
      }),
    },
    nameOf: keys => (isOfFile(file, keys) ? `${dotted(keys)} in ${path}` : nameOfVariable(keys)),
    includedFrom(i, n) {
      const { cluster, included } = clusters?.[i] ?? {}
      const first = isMapping(cluster) && Array.isArray(cluster.routes) ? cluster.routes.length : 0
      return included?.[n - first]?.place
    },
  }
}

/** The first route that matches wins, so a cluster's own routes come before those of other files. */
function withRoutes(cluster: Mapping, included: readonly IncludedRoute[]): Mapping {
  const { routes = [] } = cluster
  if (included.length === 0 || !Array.isArray(routes)) return cluster
  return { ...cluster, routes: [...routes, ...included.map(({ route }) => route)] }
}

function nameOfVariable(path: Path): string {
  const [parent, key] = [path.at(-2), String(path.at(-1))]
  if (path[0] === 'webhooks') return variable('WATCHDOG_WEBHOOK', key)
  if (parent === 'kafka') return variable('KAFKA', key)
  if (parent === 'slack') return variable('SLACK', key)
  return variable('WATCHDOG', key === 'name' ? 'cluster' : key)
}

const child = (tree: unknown, key: string | number): unknown =>
  Array.isArray(tree) ? tree[Number(key)] : isMapping(tree) ? tree[key] : undefined

/**
 * A webhook, a cluster and the Kafka section come entirely from the file or not at all. Other sections are completed
 * from the environment.
 */
const isOfFile = (file: Mapping, path: Path) =>
  (path[0] === 'clusters' || path[0] === 'webhooks' ? path.slice(0, -1) : path).reduce(child, file) !==
  undefined

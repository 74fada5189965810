import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseDocument } from 'yaml'
import { readSettings } from '../functions/config/settings.ts'
import { Failure } from '../functions/core/model/failure.ts'
import type { Settings } from '../functions/core/model/settings.ts'
import { checkSignIn } from './msk.ts'

type Mapping = Record<string, unknown>

/** The part of a package that belongs to one cluster. functions/handlers/deployed-settings.ts reads this part. */
export interface Packaged {
  settings: Mapping
  /** Names of parameters in Parameter Store, by the placeholder in the settings. */
  parameters: Record<string, string>
  /** Texts of the files that the settings include, by their relative paths; undefined if they include none. */
  files?: Record<string, string>
}

/** The neighbours of a function decide which settings and secrets it gets. */
export type Neighbour = 'kafka' | 'slack-posting' | 'slack-requests' | 'webhooks' | 'ping'

export interface Deployment {
  settings: Settings
  /**
   * By the name of the cluster.
   * @param parameters the path of the secrets in Parameter Store
   */
  packagedFor(neighbours: readonly Neighbour[], parameters: string): Map<string, Packaged>
}

/** The secrets, which are never written into a package. */
const secrets = [
  'botToken',
  'appToken',
  'signingSecret',
  'saslPassword',
  'saslOauthClientSecret',
  'certificate',
  'privateKey',
  'pingUrl',
  'secret',
  'authorization',
]

/**
 * The settings of a deployment, checked as far as possible without its secrets.
 * @param path of the YAML file
 * @throws Failure that names the setting and what is wrong with it
 */
export function readDeployment(path: string): Deployment {
  const text = textOf(path)
  const document = parseDocument(text)
  const tree: unknown = document.errors.length > 0 ? undefined : document.toJS()
  if (!isMapping(tree)) return { settings: check(path, text), packagedFor: () => new Map() }

  const complete = withFiles(tree, dirname(path))
  if (isMapping(tree.slack) && Object.keys(tree.slack).length > 0 && tree.slack.botToken === undefined)
    throw new Failure(`slack.botToken in ${path} is not set: write \${SLACK_BOT_TOKEN}, or leave slack out.`)
  refuseSecrets(complete, path)
  const files: Record<string, string> = {}
  const settings = check(path, JSON.stringify(complete, withoutReferences), (file, text) => {
    files[relative(dirname(path), file)] = text
  })

  const { store: _, storeSharedWith: __, slack, webhooks, clusters, pingUrl, ...top } = complete
  return {
    settings,
    packagedFor: (neighbours, parameters) =>
      new Map(
        (Array.isArray(clusters) ? clusters : []).filter(isMapping).map(cluster => {
          const { kafka, msk, ...others } = cluster
          const rest = { ...others, ...(neighbours.includes('kafka') && msk !== undefined && { msk }) }
          const name = String(cluster.name)
          const forKafka = neighbours.includes('kafka') ? kafka : {}
          const forSlack = slackFor(neighbours, slack)
          const forPing = neighbours.includes('ping') && pingUrl !== undefined ? { pingUrl } : {}
          const forWebhooks = neighbours.includes('webhooks') && webhooks !== undefined ? { webhooks } : {}
          const shared = { ...forPing, ...forWebhooks, slack: forSlack }
          return [
            name,
            {
              settings: { ...top, ...shared, clusters: [{ ...rest, kafka: forKafka }] },
              ...(Object.keys(files).length > 0 && { files }),
              parameters: Object.fromEntries([
                ...referencesIn(shared).map(reference => [reference, `${parameters}/${reference}`]),
                ...referencesIn({ ...rest, forKafka }).map(reference => [
                  reference,
                  `${parameters}/${name}/${reference}`,
                ]),
              ]),
            },
          ]
        }),
      ),
  }
}

/** The function that posts does not verify requests. The function that verifies requests posts only after a click. */
function slackFor(neighbours: readonly Neighbour[], slack: unknown): Mapping {
  const { signingSecret, teamId, botToken, reservedConcurrency: _, ...others } = isMapping(slack) ? slack : {}
  const posts =
    neighbours.includes('slack-posting') || (neighbours.includes('slack-requests') && others.buttons === true)
  return {
    ...(posts && { ...others, botToken }),
    ...(neighbours.includes('slack-requests') && { signingSecret, teamId }),
  }
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure(
      `${path} cannot be read: copy infra/watchdog.example.yaml to watchdog.yaml, or set WATCHDOG_CONFIG to the path of your file.`,
      { cause },
    )
  }
}

/** In ms. Two periods of an alarm may span at most a week: CloudWatch's API, PutMetricAlarm. */
const LONGEST_INTERVAL = 84 * 60 * 60 * 1000

/**
 * Ignores the environment of the person who deploys.
 * @param onIncluded is called with each file that the settings include
 */
function check(
  path: string,
  text: string,
  onIncluded: (file: string, text: string) => void = () => {},
): Settings {
  const readFile = (file: string): string => {
    if (file === path) return text
    const included = readFileSync(file, 'utf8')
    onIncluded(file, included)
    return included
  }
  const listFolder = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
  const settings = readSettings({ WATCHDOG_CONFIG: path }, readFile, listFolder)
  const { clusters, interval, slack } = settings
  const alone = clusters.find(({ kafka }) => kafka.brokers.length === 0)
  if (alone)
    throw new Failure(
      `cluster "${alone.name}" in ${path} has no kafka.brokers: write host:port of some brokers.`,
    )
  for (const cluster of clusters) checkSignIn(cluster, path)
  if (slack?.appToken !== undefined)
    throw new Failure(
      `slack.appToken in ${path} has no effect on AWS, because clicks and commands arrive at the function URL: leave it out.`,
    )
  if (slack?.buttons === true && settings.slashCommand === undefined)
    throw new Failure(
      `slack.buttons in ${path} is true, but no function can answer a click: set slack.signingSecret and slack.teamId.`,
    )
  if (slack?.apiUrl !== undefined)
    throw new Failure(
      `slack.apiUrl in ${path} would let a function send its answers to a host other than Slack: leave it out.`,
    )
  checkStore(settings, path)
  if (interval % 60_000 !== 0)
    throw new Failure(`interval in ${path} must be whole minutes on AWS: write for example 15m.`)
  if (interval <= LONGEST_INTERVAL) return settings
  throw new Failure(
    `interval in ${path} must be at most 84h on AWS, because an alarm covers two intervals, and at most a week.`,
  )
}

/** @throws Failure if the bucket cannot be shared in this way */
function checkStore({ store, storeSharedWith }: Settings, path: string): void {
  if (!store.startsWith('s3://')) return
  if (storeSharedWith.length > 0)
    throw new Failure(
      `storeSharedWith in ${path} is only for the stack that creates the bucket: leave out either storeSharedWith or store.`,
    )
  // The store becomes part of policies, in which a star is a wildcard.
  if (/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.=-]+)*\/?$/.test(store)) return
  throw new Failure(
    `store in ${path} must be s3://bucket/prefix on AWS, with only letters, digits, ".", "_", "=" and "-" in each part.`,
  )
}

/** A CA is no secret, so its content goes into the package. */
function withFiles(tree: Mapping, folder: string): Mapping {
  const clusters = Array.isArray(tree.clusters) ? tree.clusters : []
  const complete = clusters.map(cluster => {
    if (!isMapping(cluster) || !isMapping(cluster.kafka) || typeof cluster.kafka.caPath !== 'string')
      return cluster
    const { caPath, ...kafka } = cluster.kafka
    return { ...cluster, kafka: { ...kafka, ca: textOf(join(folder, caPath)) } }
  })
  return Array.isArray(tree.clusters) ? { ...tree, clusters: complete } : tree
}

const reference = /^\$\{(\w+)\}$/

function refuseSecrets(tree: Mapping, path: string): void {
  JSON.stringify(tree, (key, value) => {
    const name = key.replace(/Path$/, '')
    const isReference = typeof value === 'string' && key === name && reference.test(value)
    if (secrets.includes(name) && !isReference) {
      throw new Failure(
        `${key} in ${path} would put a secret into the package: write ${name}: \${NAME}, and put it into Parameter Store.`,
      )
    }
    return value
  })
}

/**
 * Removes references before the check: a reference to a certificate or key cannot be parsed. For other secrets, any
 * text will do.
 */
function withoutReferences(key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !reference.test(value)) return value
  if (['ca', 'certificate', 'privateKey'].includes(key)) return undefined
  if (['pingUrl', 'url', 'saslOauthTokenEndpoint'].includes(key)) return 'https://something'
  if (key === 'appToken') return 'xapp-something'
  return key === 'brokers' ? 'some-broker:9092' : 'something'
}

const referencesIn = (tree: unknown): string[] => {
  const names = new Set<string>()
  JSON.stringify(tree, (_, value) => {
    const [, name] = (typeof value === 'string' && reference.exec(value)) || []
    if (name) names.add(name)
    return value
  })
  return [...names]
}

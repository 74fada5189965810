import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { notASetting } from '../functions/config/forms.ts'
import { schema } from '../functions/core/columns/schema.ts'
import { intervalWarning } from '../functions/core/interval-warning.ts'
import { Failure } from '../functions/core/model/failure.ts'
import { lifecycleRules, objectsIn, type Place, placeOf, sharedObjects } from './bucket.ts'
import { bundle } from './bundle.ts'
import { clusterResources, maximumEventAge } from './clusters.ts'
import { mskPolicy } from './msk.ts'
import { type Deployment, type Neighbour, type Packaged, readDeployment } from './settings.ts'
import { hasSlashCommand, slashCommand } from './slash-command.ts'

/** The neighbours of each function, which decide which secrets it gets. */
const functions: Record<string, Neighbour[]> = {
  snapshot: ['kafka', 'ping'],
  watch: ['slack-posting', 'webhooks', 'ping'],
  heartbeat: [],
  lookup: [],
  slack: ['slack-requests'],
}

interface Serverless {
  serviceDir: string
}
/** From the command line: `--param "name=value"`. */
interface Options {
  param?: string[]
}
interface Source {
  address: string
  resolveVariable: (variable: string) => Promise<unknown>
}

/** osls asks the plugin for the values of ${watchdog:…}, and runs its hooks when osls makes packages. */
export default class WatchdogPlugin {
  readonly hooks: Record<string, () => Promise<void>>
  readonly configurationVariablesSources = { watchdog: { resolve: (source: Source) => this.resolve(source) } }
  readonly #root: string
  readonly #deployment: Deployment
  #stage = ''

  /** Settings are read here: otherwise osls would report a typo once for each ${watchdog:…}. */
  constructor({ serviceDir }: Serverless, { param = [] }: Options = {}) {
    this.#root = serviceDir
    try {
      refuseUnknown(param)
      this.#deployment = readDeployment(resolve(serviceDir, process.env.WATCHDOG_CONFIG || 'watchdog.yaml'))
      const { clusters, interval } = this.#deployment.settings
      for (const cluster of clusters) {
        const warning = intervalWarning(interval, cluster, [cluster.retention ?? null])
        if (warning) console.warn(warning)
      }
    } catch (error) {
      // osls prints the stack trace, which would hide the one sentence that matters.
      if (error instanceof Failure) error.stack = error.message
      throw error
    }
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.bundle(),
      'before:deploy:function:packageFunction': () => this.bundle(),
    }
  }

  async bundle(): Promise<void> {
    for (const [name, neighbours] of Object.entries(functions)) {
      if (name === 'slack' && !hasSlashCommand(this.#deployment.settings)) continue
      const packaged = this.#deployment.packagedFor(neighbours, parametersOf(this.#stage))
      await bundle(this.#root, this.#stage, name, packaged)
    }
  }

  async resolve({ address, resolveVariable }: Source): Promise<{ value: unknown }> {
    this.#stage = String(await resolveVariable('sls:stage'))
    return { value: answer(address, this.#stage, this.#deployment) }
  }
}

/** osls accepts any name. With a typo in `alarmEmail`, a deployment would have alarms that nobody gets. */
function refuseUnknown(params: string[]): void {
  const known = Object.keys(parse(readFileSync(join(import.meta.dirname, 'parameters.yml'), 'utf8')).default)
  const names = params.map(param => param.split('=')[0] ?? '')
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) throw new Failure(`--param ${unknown} ${notASetting(unknown, known)}`)
}

/** The secrets of a stage lie below this path in Parameter Store. */
const parametersOf = (stage: string) => `/offset-watchdog/${stage}`

function answer(address: string, stage: string, deployment: Deployment): unknown {
  const { settings } = deployment
  const secretsOf = (neighbour: Neighbour) =>
    mayRead(deployment.packagedFor([neighbour], parametersOf(stage)))
  const place = placeOf(settings)
  switch (address) {
    case 'storageFile':
      return place.file
    case 'storeLocation':
      return place.location
    case 'bucketName':
      return place.bucketName
    case 'bucketArn':
      return place.bucketArn
    case 'objects':
      return place.objects
    case 'path':
      return place.path
    case 'lifecycleRules':
      return lifecycleRules(settings)
    case 'writtenOnce':
      return sharedObjects(settings, ['snapshots', 'manifests', 'restores', 'actions', 'ignores'])
    case 'tagged':
      return sharedObjects(settings, ['snapshots', 'manifests'])
    case 'resources':
      return clusterResources(settings)
    case 'maximumEventAge':
      return maximumEventAge(settings.interval / 60_000)
    case 'objectLock':
      return settings.storeLock === undefined ? none : true
    case 'mayLock':
      return settings.storeLock === undefined ? none : mayLock(place)
    case 'kafkaSecrets':
      return secretsOf('kafka')
    case 'mskPolicy':
      return mskPolicy(settings) ?? none
    case 'pingSecrets':
      return secretsOf('ping')
    case 'webhookSecrets':
      return secretsOf('webhooks')
    case 'slackSecrets':
      return secretsOf('slack-posting')
    case 'slashCommandFunctions':
      return slashCommand(settings, stage, secretsOf('slack-requests')).functions
    case 'slashCommandResources':
      return slashCommand(settings, stage, secretsOf('slack-requests')).resources
    case 'database':
      return `offset_watchdog_${stage.replace(/\W/g, '_').toLowerCase()}`
    case 'columns':
      return Object.entries(schema).map(([Name, { type }]) => ({
        Name,
        Type: athenaTypes[type.replace('?', '')],
      }))
    default:
      throw new Failure(`infra/plugin.ts knows no \${watchdog:${address}}.`)
  }
}

const athenaTypes: Record<string, string> = {
  string: 'string',
  int32: 'int',
  int64: 'bigint',
  time: 'timestamp',
}

/** CloudFormation ignores a property with this value. */
const none = { Ref: 'AWS::NoValue' }

const mayLock = (place: Place) => ({
  Effect: 'Allow',
  Action: 's3:PutObjectRetention',
  Resource: objectsIn(place, ['snapshots', 'manifests']),
})

/**
 * A statement of a role: exactly these parameters, or nothing. Parameters under the account's default key need no right
 * on a key.
 */
function mayRead(packaged: Map<string, Packaged>): object {
  const names = new Set([...packaged.values()].flatMap(({ parameters }) => Object.values(parameters)))
  if (names.size === 0) return none
  return {
    Effect: 'Allow',
    Action: 'ssm:GetParameters',
    Resource: [...names].map(name => ({
      'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${name}`,
    })),
  }
}

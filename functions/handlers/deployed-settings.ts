import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import * as v from 'valibot'
import { readSettings } from '../config/settings.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'

/**
 * Format of the files that infra/settings.ts packages with a function, one for each cluster: the settings, and the
 * locations of their secrets.
 */
const packaged = v.object({
  settings: v.looseObject({}),
  /** Names of parameters in Parameter Store, by the placeholder for the secret in the settings. */
  parameters: v.record(v.string(), v.string()),
  /** Text of each file that the settings include, by its path relative to the settings. */
  files: v.optional(v.record(v.string(), v.string()), {}),
})

export interface Deployed {
  settings: Settings
  cluster: ClusterSettings
}

const folderOfSettings = join(import.meta.dirname, 'settings')

/** The clusters that this function was packaged with, or that the release's template names. */
export const deployedClusters = (folder = folderOfSettings): string[] => {
  const given = settingsOfTemplate()
  return given ? Object.keys(given) : readdirSync(folder).map(file => file.replace(/\.json$/, ''))
}

/** A release's packages have no settings: the template of infra/template.ts provides them, by the cluster's name. */
function settingsOfTemplate(): Record<string, unknown> | undefined {
  const { PACKAGED_SETTINGS: given } = process.env
  return given === undefined ? undefined : v.parse(v.record(v.string(), v.unknown()), JSON.parse(given))
}

/**
 * The settings of one cluster for this function. The secrets of that cluster are read in each run, so that the next run
 * uses rotated ones. A run every few minutes needs no cache. Only this cluster's secrets are read, so that a missing
 * secret of another cluster does no harm; @middy/ssm reads before it sees the event, so it would need all of them.
 * @throws Failure for a cluster that is not configured, and for a parameter that is missing or may not be read
 */
export async function deployed(name: string, folder = folderOfSettings): Promise<Deployed> {
  const clusters = deployedClusters(folder)
  if (!clusters.includes(name)) {
    const known = clusters.map(name => `"${name}"`).join(' or ')
    throw new Failure(`cluster "${name}" is not configured: choose ${known}, or add it and deploy.`)
  }

  const file = `${name}.json`
  const read = () => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const { settings: tree, parameters, files } = v.parse(packaged, settingsOfTemplate()?.[name] ?? read())
  const env = { ...process.env, ...(await secrets(parameters)), WATCHDOG_CONFIG: file }
  const settings = readSettings(
    env,
    path => (path === file ? JSON.stringify(tree) : (files[path] ?? '')),
    folder =>
      Object.keys(files).flatMap(path => (posix.dirname(path) === folder ? posix.basename(path) : [])),
  )
  const cluster = settings.clusters.find(candidate => candidate.name === name)
  if (cluster) return { settings, cluster }
  throw new Failure(`${file} of this package belongs to another cluster: package it again.`)
}

/**
 * Secrets by their placeholders. GetParameters takes ten at once. Powertools' getParametersByName (2.35) would save
 * three lines, and cost 3 to 5 KB of each package. That function answers from a cache of 5 s, which cannot be switched
 * off: there is no forceFetch, and a maxAge of 0 counts as the default.
 */
async function secrets(parameters: Record<string, string>): Promise<Record<string, string>> {
  const wanted = Object.entries(parameters)
  if (wanted.length === 0) return {}

  const client = new SSMClient({
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })
  const found = new Map<string, string>()
  try {
    for (let i = 0; i < wanted.length; i += 10) {
      const Names = wanted.slice(i, i + 10).map(([, parameter]) => parameter)
      const { Parameters = [] } = await client.send(new GetParametersCommand({ Names, WithDecryption: true }))
      for (const { Name = '', Value = '' } of Parameters) found.set(Name, Value)
    }
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new Failure(
      `cannot read ${wanted.map(([, parameter]) => parameter).join(', ')} from Parameter Store: ${why}. Check the role ` +
        'of this function and, in a VPC, its network path to SSM.',
      { cause },
    )
  }

  return Object.fromEntries(
    wanted.map(([name, parameter]) => {
      const value = found.get(parameter)
      if (value !== undefined) return [name, value]
      throw new Failure(
        `parameter ${parameter} is missing: aws ssm put-parameter --region ${process.env.AWS_REGION} --type SecureString ` +
          `--name ${parameter} --value …`,
      )
    }),
  )
}

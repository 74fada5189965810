import * as v from 'valibot'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { kafkaSettings } from './kafka-settings.ts'
import { refusal } from './refusal.ts'
import { schema } from './schema.ts'
import { configuredBy } from './source.ts'
import { webhookSettings } from './webhook-settings.ts'
import { type ListFolder, type ReadFile, usage } from './yaml-file.ts'

/**
 * All settings: of one cluster from the environment, or of several from the YAML file that WATCHDOG_CONFIG names.
 * Settings missing from the file come from the environment. docs/settings.md has one table of all settings.
 * @param listFolder lists the files of a folder, for patterns in `include`
 * @throws Failure (exit code 2) that names the setting, its value and what is allowed. Secrets are never shown.
 */
export function readSettings(
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  listFolder: ListFolder = () => [],
): Settings {
  const configured = configuredBy(env, readFile, listFolder)
  const { output, issues, success } = v.safeParse(schema, configured.tree)
  if (!success) throw refusal(issues, configured.nameOf)

  const setting = (section: string, cluster: number) => (key: string) =>
    configured.nameOf(['clusters', cluster, section, key])
  const { store, storeLock, interval, clockSkew, logTime, logSize, docs, pingUrl, clusters } = output
  const { storeSharedWith, webhooks, url, metricsGroups, metricsPartitions, metricsNames } = output
  const { botToken, signingSecret, teamId, reservedConcurrency, digestAt, ...rest } = output.slack
  if (rest.appToken !== undefined && botToken === undefined)
    throw usage(
      `${configured.nameOf(['slack', 'appToken'])} has no effect without a bot token: set SLACK_BOT_TOKEN, too.`,
    )
  const slack = {
    ...rest,
    buttons: rest.buttons ?? rest.appToken !== undefined,
    digestAt: digestAt.at,
    ...(digestAt.zone !== 'UTC' && { digestZone: digestAt.zone }),
  }
  return {
    store,
    storeLock,
    storeSharedWith,
    interval,
    clockSkew,
    log: { ms: logTime, bytes: logSize },
    docs,
    pingUrl,
    url,
    metrics: { groups: metricsGroups, partitions: metricsPartitions === 'all', names: metricsNames },
    slack: botToken === undefined ? undefined : { token: botToken, ...slack },
    slashCommand:
      signingSecret === undefined || teamId === undefined
        ? undefined
        : { signingSecret, teamId, apiUrl: slack.apiUrl, reservedConcurrency },
    webhooks: webhooks.map((webhook, i) =>
      webhookSettings(webhook, key => configured.nameOf(['webhooks', i, key]), readFile),
    ),
    clusters: clusters.map((cluster, i) => {
      const { name, kafka, msk, groups, retention, ignoreDefaults, ignore, routes } = cluster
      const { levels, levelsByGroup, records, recordsByGroup, stepBackAlerts, neverCommittedAlerts } = cluster
      const { maintenance, withoutMetadata, withoutMembers } = cluster
      return {
        name,
        kafka: kafkaSettings(kafka, { name, msk }, setting('kafka', i), readFile),
        msk,
        groups,
        retention,
        policy: {
          levels,
          levelsByGroup,
          records,
          recordsByGroup,
          stepBackAlerts,
          neverCommittedAlerts,
          ignore: ignoreDefaults ? [...ignore, ...ignoredByDefault] : ignore,
          routes: routes.map((route, n) => ({ ...route, place: configured.includedFrom(i, n) })),
          ...(maintenance.length > 0 && { maintenance }),
          withoutMetadata,
          withoutMembers,
        },
      }
    }),
  }
}

/** A cluster without settings: its Kafka is unknown, and the default levels and rules apply. */
export function clusterByDefaults(name: string): ClusterSettings {
  const [cluster] = readSettings({ WATCHDOG_CLUSTER: name }, () => '').clusters
  if (cluster) return cluster
  throw new RangeError('the settings have no cluster')
}

/** Groups that tools create again at each start. The settings' own rules come first. */
export const ignoredByDefault = [
  {
    pattern: 'console-consumer-*',
    reason: 'by default: kafka-console-consumer creates a new group at each start',
  },
  {
    pattern: 'perf-consumer-*',
    reason: 'by default: kafka-consumer-perf-test creates a new group at each start',
  },
  { pattern: 'KMOffsetCache-*', reason: 'by default: CMAK starts without committed offsets' },
].map(rule => ({ ...rule, until: undefined }))

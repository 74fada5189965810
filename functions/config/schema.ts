import * as v from 'valibot'
import { ignoreModes } from '../core/model/settings.ts'
import { timeOfDay } from '../core/model/working-hours.ts'
import { isZone } from '../core/model/zone.ts'
import { DAY, MINUTE } from '../core/time.ts'
import { duration, durationOf } from './durations.ts'
import { isUrlWithoutUser, matching, parsed, pattern, perhaps, section, text, userGroup } from './forms.ts'
import { kafkaSection } from './kafka-section.ts'
import { policyEntries } from './policy-schema.ts'

export { durationOf } from './durations.ts'

/** In ms; null if offsets never expire. */
const retention = parsed('write a duration such as 7d, or never if offsets do not expire', text => {
  if (text === 'never') return null
  const length = durationOf(text) ?? Number.NaN
  return length >= MINUTE && length <= 3_650 * DAY ? length : undefined
})

/** In bytes. */
function sizeOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?([KMG])iB$/.exec(text) ?? []
  return amount && unit ? Math.round(Number(amount) * 1024 ** ('KMG'.indexOf(unit) + 1)) : undefined
}

/** A time of day, in UTC unless it names a zone. */
function digestTimeOf(text: string): { at: number; zone: string } | undefined {
  const [, time = '', zone = 'UTC'] = /^(\d\d:\d\d)(?: ([\w/+-]+))?$/.exec(text) ?? []
  const at = timeOfDay(time)
  return at === undefined || time === '24:00' || !isZone(zone) ? undefined : { at, zone }
}

const concurrency = 'write a whole number from 1'

export const slackSection = section({
  botToken: perhaps(text),
  appToken: perhaps(
    matching(/^xapp-/, 'write an app-level token, xapp-…; a bot token, xoxb-…, belongs in SLACK_BOT_TOKEN'),
  ),
  channel: v.optional(text, '#kafka'),
  mention: perhaps(text),
  apiUrl: perhaps(v.pipe(text, v.url('write a URL such as https://slack.com/api/'))),
  digestAt: v.optional(
    parsed('write a time of day such as 08:00, which is UTC, or 08:00 Europe/Oslo', digestTimeOf),
    '08:00',
  ),
  buttons: perhaps(v.boolean('write true or false')),
  ignore: v.optional(v.picklist(ignoreModes, 'choose off, propose or on'), 'off'),
  ignoreBy: perhaps(userGroup),
  ignoreFor: v.optional(duration(DAY, 365 * DAY, ', from 1d to 365d'), '30d'),
  ignoreForAtMost: v.optional(duration(DAY, 365 * DAY, ', from 1d to 365d'), '90d'),
  signingSecret: perhaps(text),
  teamId: perhaps(text),
  reservedConcurrency: perhaps(
    v.pipe(v.number(concurrency), v.safeInteger(concurrency), v.minValue(1, concurrency)),
  ),
})

export const webhookSection = section({
  name: v.optional(
    matching(/^[a-z0-9-]{1,50}$/, 'use up to 50 lower-case letters, digits and dashes'),
    'webhook',
  ),
  format: v.picklist(['cloudevents', 'alertmanager'], 'choose cloudevents or alertmanager'),
  url: v.pipe(
    v.string('write a URL'),
    v.check(
      isUrlWithoutUser,
      'write an http or https URL without a user; a password belongs in authorization',
    ),
  ),
  secret: perhaps(text),
  secretPath: perhaps(text),
  authorization: perhaps(text),
  authorizationPath: perhaps(text),
})

const clusterSection = section({
  name: parsed(
    'use up to 100 letters, digits, dots, dashes and underscores ("." and ".." are not allowed)',
    name => (/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/.test(name) ? name : undefined),
  ),
  kafka: kafkaSection,
  msk: perhaps(
    section({
      arn: matching(
        /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[^/]+$/,
        'write the ARN of a cluster, such as arn:aws:kafka:eu-west-1:123456789012:cluster/orders/6a0f…-2',
      ),
    }),
  ),
  groups: perhaps(
    v.pipe(
      v.array(v.string('write a group id'), 'write a list of group ids'),
      v.nonEmpty('write at least one group id'),
    ),
  ),
  retention: perhaps(retention),
  ...policyEntries,
})

/** A Node timer cannot wait 25 days: it fires at once, and `run` would never pause. */
export const longestInterval = 24 * DAY

/**
 * False for a mistyped bucket that would otherwise count as a folder: without its two slashes, as an ARN, or with the
 * quotes of an environment file, which Docker keeps.
 */
export const isStoreLocation = (location: string): boolean =>
  !/^(s3|gs):(?!\/\/)|^arn:|^["'\s]|["'\s]$/i.test(location)
export const storeForm =
  'write a bucket as s3://bucket/prefix or gs://bucket/prefix, or a folder, without quotes and blanks around it'

export const schema = section({
  store: v.optional(v.pipe(text, v.check(isStoreLocation, storeForm)), './offset-snapshots'),
  storeLock: perhaps(duration(DAY, 3_650 * DAY, ', from 1d to 10 years (3650d)')),
  storeSharedWith: v.optional(
    v.array(
      v.pipe(
        text,
        v.regex(/^[\w.=-]+(\/[\w.=-]+)*$/, 'write a prefix such as team-a, without a slash at its end'),
      ),
    ),
    [],
  ),
  interval: v.optional(duration(1_000, longestInterval, ', from 1s to 24d'), '15m'),
  clockSkew: v.optional(duration(0, DAY, ', up to 1d'), '60s'),
  logTime: v.optional(duration(0, DAY, ', up to 1d'), '60s'),
  logSize: v.optional(parsed('write a size such as 512MiB or 2GiB', sizeOf), '2GiB'),
  docs: perhaps(v.pipe(text, v.url('write a URL such as https://github.com/you/offset-watchdog/blob/main'))),
  pingUrl: perhaps(
    v.pipe(
      text,
      v.check(
        isUrlWithoutUser,
        'write an http or https URL without a user, such as https://hc-ping.com/your-uuid',
      ),
    ),
  ),
  url: perhaps(
    v.pipe(text, v.check(isUrlWithoutUser, 'write an http or https URL such as https://offsets.example.com')),
  ),
  metricsGroups: v.optional(pattern, '*'),
  metricsPartitions: v.optional(v.picklist(['all', 'none'], 'choose all or none'), 'none'),
  metricsNames: v.optional(
    v.picklist(['own', 'kafka-lag-exporter'], 'choose own or kafka-lag-exporter'),
    'own',
  ),
  slack: slackSection,
  webhooks: v.optional(
    v.pipe(
      v.array(webhookSection, 'write a list'),
      v.check(
        list => new Set(list.map(({ name }) => name)).size === list.length,
        'give each a different name',
      ),
    ),
    [],
  ),
  clusters: v.pipe(
    v.array(clusterSection, 'write a list of clusters'),
    v.nonEmpty('write at least one cluster'),
    v.check(
      list => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length,
      'give them names that differ in more than upper and lower case',
    ),
  ),
})

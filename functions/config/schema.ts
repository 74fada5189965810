import ms, { type StringValue } from 'ms'
import * as v from 'valibot'
import { recordsAlerts } from '../core/model/settings.ts'
import { isUrlWithoutUser, matching, parsed, perhaps, section, text } from './forms.ts'
import { kafkaSection } from './kafka-section.ts'

// Every message here is the end of a sentence: functions/config/settings.ts puts the setting's name and value before it.

const minute = 60_000
const day = 24 * 60 * minute

const isDuration = (text: string): text is StringValue =>
  /^\d+(\.\d+)? ?(ms|s|m|h|d|w|seconds?|minutes?|hours?|days?|weeks?)$/.test(text)

/** In ms. A bare number is refused: nobody can tell whether it means ms or minutes. */
export const durationOf = (text: string): number | undefined =>
  isDuration(text) ? Math.round(ms(text)) : undefined

const duration = (least = 0, most = 3_650 * day, range = '') =>
  parsed(`write a duration such as 15m or 1h${range}`, text => {
    const length = durationOf(text) ?? Number.NaN
    return length >= least && length <= most ? length : undefined
  })

/** In ms; null where offsets never expire. */
const retention = parsed('write a duration such as 7d, or never where offsets do not expire', text => {
  if (text === 'never') return null
  const length = durationOf(text) ?? Number.NaN
  return length >= minute && length <= 3_650 * day ? length : undefined
})

/** In bytes. */
function sizeOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?([KMG])iB$/.exec(text) ?? []
  return amount && unit ? Math.round(Number(amount) * 1024 ** ('KMG'.indexOf(unit) + 1)) : undefined
}

/** May be empty, as a group id may. */
const pattern = v.string('write a group id, in which * stands for any characters')

const levels = v.pipe(
  section({ first: duration(), second: duration(), last: duration() }),
  v.check(
    ({ first, second, last }) => first > second && second > last,
    'make first longer than second, and second longer than last',
  ),
)

const records = v.picklist(recordsAlerts, 'choose alert, digest or off')

/** Midnight UTC at which a day begins. Date.parse takes 30 February for 2 March, hence the way back. */
const startOfDay = (text: string): number | undefined => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? time : undefined
}

/** ms after midnight. */
function timeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  return hours === undefined ? undefined : (Number(hours) * 60 + Number(minutes)) * minute
}

const concurrency = 'write a whole number from 1'

export const slackSection = section({
  botToken: perhaps(text),
  channel: v.optional(text, '#kafka'),
  mention: perhaps(text),
  apiUrl: perhaps(v.pipe(text, v.url('write a URL such as https://slack.com/api/'))),
  digestAt: v.optional(parsed('write a time of day in UTC such as 08:00', timeOfDay), '08:00'),
  buttons: v.optional(v.boolean('write true or false'), false),
  signingSecret: perhaps(text),
  teamId: perhaps(text),
  reservedConcurrency: perhaps(
    v.pipe(v.number(concurrency), v.safeInteger(concurrency), v.minValue(1, concurrency)),
  ),
})

export const webhookSection = section({
  name: v.optional(matching(/^[a-z0-9-]{1,50}$/, 'use up to 50 small letters, digits and dashes'), 'webhook'),
  format: v.picklist(['cloudevents', 'alertmanager'], 'choose cloudevents or alertmanager'),
  url: v.pipe(
    v.string('write a URL'),
    v.check(
      isUrlWithoutUser,
      'write an http or https URL without a user, and use authorization for a password',
    ),
  ),
  secret: perhaps(text),
  secretPath: perhaps(text),
  authorization: perhaps(text),
  authorizationPath: perhaps(text),
})

const route = v.pipe(
  section({ pattern, channel: perhaps(text), mention: perhaps(text), owner: perhaps(text) }),
  v.check(
    ({ channel, owner }) => channel !== undefined || owner !== undefined,
    'write a channel or an owner',
  ),
)

/** A file that `include` names: routes, which a team owns. */
export const routesFile = section({ routes: v.array(route, 'write a list') })

const clusterSection = section({
  name: parsed(
    'use up to 100 letters, digits, dots, dashes and underscores (and more than one or two dots)',
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
  levels: v.optional(levels, { first: '72h', second: '24h', last: '6h' }),
  levelsByGroup: v.optional(v.array(section({ pattern, levels }), 'write a list'), []),
  records: v.optional(records, 'alert'),
  recordsByGroup: v.optional(v.array(section({ pattern, records }), 'write a list'), []),
  stepBackAlerts: v.optional(v.array(pattern, 'write a list'), []),
  ignore: v.optional(
    v.array(
      section({
        pattern,
        reason: text,
        until: perhaps(parsed('write the day on which it ends, such as 2027-01-31', startOfDay)),
      }),
      'write a list',
    ),
    [],
  ),
  ignoreDefaults: v.optional(v.boolean('write true or false'), true),
  routes: v.optional(v.array(route, 'write a list'), []),
  include: v.optional(v.array(text, 'write a list of files'), []),
  withoutMetadata: v.optional(v.array(pattern, 'write a list'), []),
  withoutMembers: v.optional(v.array(pattern, 'write a list'), []),
})

/** A timer of Node cannot wait 25 days: it would fire at once, so `run` would never pause. */
export const longestInterval = 24 * day

export const schema = section({
  store: v.optional(
    v.pipe(
      text,
      v.check(
        location => !/^(s3|gs):(?!\/\/)/i.test(location),
        'write a bucket as s3://bucket/prefix or gs://bucket/prefix, or a folder',
      ),
    ),
    './offset-snapshots',
  ),
  storeLock: perhaps(duration(day, 3_650 * day, ', from 1d to 10 years (3650d)')),
  interval: v.optional(duration(1_000, longestInterval, ', from 1s to 24d'), '15m'),
  clockSkew: v.optional(duration(0, day, ', up to 1d'), '60s'),
  logTime: v.optional(duration(0, day, ', up to 1d'), '60s'),
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
        'give each a name of its own',
      ),
    ),
    [],
  ),
  clusters: v.pipe(
    v.array(clusterSection, 'write a list of clusters'),
    v.nonEmpty('write at least one cluster'),
    v.check(
      list => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length,
      'give them names that differ in more than capitals',
    ),
  ),
})

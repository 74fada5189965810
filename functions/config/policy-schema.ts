import * as v from 'valibot'
import { recordsAlerts } from '../core/model/settings.ts'
import { workingHoursOf } from '../core/model/working-hours.ts'
import { DAY } from '../core/time.ts'
import { duration } from './durations.ts'
import { parsed, pattern, perhaps, section, text, userGroup } from './forms.ts'

const levels = v.pipe(
  section({ first: duration(), second: duration(), last: duration() }),
  v.check(
    ({ first, second, last }) => first > second && second > last,
    'make first longer than second, and second longer than last',
  ),
)

const records = v.picklist(recordsAlerts, 'choose alert, digest or off')

/** Midnight UTC of a day. Date.parse reads 30 February as 2 March, so the result is converted back and compared. */
const startOfDay = (text: string): number | undefined => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? time : undefined
}

const route = v.pipe(
  section({
    pattern,
    channel: perhaps(text),
    mention: perhaps(text),
    owner: perhaps(text),
    ignoreBy: perhaps(userGroup),
    hours: perhaps(
      parsed('write days, hours and a zone such as Mon-Fri 08:00-17:00 Europe/Oslo', workingHoursOf),
    ),
  }),
  v.check(
    ({ channel, owner }) => channel !== undefined || owner !== undefined,
    'write a channel or an owner',
  ),
)

/** ms since the epoch. A time without a zone is refused as ambiguous. */
function instant(text: string): number | undefined {
  const hasZone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text)
  const time = hasZone ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

const moment = parsed('write a time with its zone, such as 2026-12-01T20:00Z', instant)
const LONGEST_WINDOW = 90 * DAY

const maintenanceWindow = v.pipe(
  section({
    pattern,
    from: moment,
    until: v.optional(v.nullable(moment), null),
    reason: text,
  }),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const { from, until } = value
    if (until !== null && until > from && until - from <= LONGEST_WINDOW) return { ...value, until }
    addIssue({
      message:
        until === null
          ? 'write until: a window needs an end'
          : 'write an end after the start and within 90 days of it; use ignore for longer',
    })
    return NEVER
  }),
)

/** A file that `include` names: the routes that a team owns. */
export const routesFile = section({ routes: v.array(route, 'write a list') })

/** The alert settings of a cluster. */
export const policyEntries = {
  levels: v.optional(levels, { first: '72h', second: '24h', last: '6h' }),
  levelsByGroup: v.optional(v.array(section({ pattern, levels }), 'write a list'), []),
  records: v.optional(records, 'alert'),
  recordsByGroup: v.optional(v.array(section({ pattern, records }), 'write a list'), []),
  stepBackAlerts: v.optional(v.array(pattern, 'write a list'), []),
  neverCommittedAlerts: v.optional(v.array(pattern, 'write a list'), []),
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
  maintenance: v.optional(v.array(maintenanceWindow, 'write a list'), []),
  withoutMetadata: v.optional(v.array(pattern, 'write a list'), []),
  withoutMembers: v.optional(v.array(pattern, 'write a list'), []),
}

import { message, theOnly } from '../message.ts'

export interface Coordinator {
  group: string
  error: number
  /** Broker id; −1 with an error. */
  broker: number
}

const GROUP = 0

/**
 * FindCoordinator (10), v1–v6, for groups; before v4 a request names one group. The broker creates a missing
 * `__consumer_offsets`, so callers ask for Metadata first.
 */
export const findCoordinator = message<{ groups: string[] }, Coordinator[]>({
  name: 'FindCoordinator',
  key: 10,
  versions: [1, 6],
  flexibleFrom: 3,

  write(w, { groups }, version) {
    if (version < 4) w.string(theOnly(groups))
    w.int8(GROUP)
    if (version >= 4) w.array(groups, group => w.string(group))
  },

  read(r, version, request) {
    r.int32() // throttle time

    if (version < 4) {
      const error = r.int16()
      r.nullableString() // error message
      const broker = r.int32()
      r.string() // host
      r.int32() // port
      return [{ group: theOnly(request.groups), error, broker }]
    }

    return r.array(() => {
      const group = r.string()
      const broker = r.int32()
      r.string() // host
      r.int32() // port
      const error = r.int16()
      r.nullableString() // error message
      r.tags()
      return { group, error, broker }
    })
  },
})

/** From this version on a request may name many groups (KIP-699). */
export const COORDINATORS_OF_MANY_GROUPS = 4

import { message } from '../message.ts'

export interface GroupListing {
  group: string
  /** Empty for a simple group. */
  protocolType: string
  /** The state in Kafka's spelling; null before v4 (Kafka 2.6). */
  state: string | null
  /** classic, consumer, share or streams, in upper or lower case; null before v5 (Kafka 3.8). */
  type: string | null
}

/** ListGroups (16), v0–v5. Each broker lists the groups that it coordinates, so every broker is asked. */
export const listGroups = message<null, { error: number; groups: GroupListing[] }>({
  name: 'ListGroups',
  key: 16,
  versions: [0, 5],
  flexibleFrom: 3,

  write(w, _, version) {
    if (version >= 4) w.array([], () => {}) // all states
    if (version >= 5) w.array([], () => {}) // all types
  },

  read(r, version) {
    if (version >= 1) r.int32() // throttle time
    const error = r.int16()
    const groups = r.array(() => {
      const listing = {
        group: r.string(),
        protocolType: r.string(),
        state: version >= 4 ? r.string() : null,
        type: version >= 5 ? r.string() : null,
      }
      r.tags()
      return listing
    })
    return { error, groups }
  },
})

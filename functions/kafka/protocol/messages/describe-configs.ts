import { Undecodable } from '../codec.ts'
import { message } from '../message.ts'

export interface DescribedConfigs {
  error: number
  errorMessage: string | null
  /** Value by name; null where the broker hides it. */
  configs: Map<string, string | null>
}

const BROKER = 4

/**
 * DescribeConfigs (32), v1–v4, of one broker: sent to that very broker, since static settings are its own.
 * @see org.apache.kafka.common.config.ConfigResource.Type
 */
export const describeBrokerConfigs = message<{ broker: number; names: string[] }, DescribedConfigs>({
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 4],
  flexibleFrom: 4,

  write(w, { broker, names }, version) {
    w.array([String(broker)], resource => {
      w.int8(BROKER)
      w.string(resource)
      w.array(names, name => w.string(name))
      w.tags()
    })
    w.boolean(false) // synonyms
    if (version >= 3) w.boolean(false) // documentation
  },

  read(r, version) {
    r.int32() // throttle time

    const results = r.array(() => {
      const error = r.int16()
      const errorMessage = r.nullableString()
      r.int8() // resource type
      r.string() // resource name
      const configs = new Map(r.array(readConfig))
      r.tags()
      return { error, errorMessage, configs }
    })

    function readConfig(): [name: string, value: string | null] {
      const name = r.string()
      const value = r.nullableString()
      r.boolean() // read only
      r.int8() // source
      r.boolean() // sensitive
      r.array(() => {
        r.string() // synonym's name
        r.nullableString()
        r.int8() // its source
        r.tags()
      })
      if (version >= 3) {
        r.int8() // type
        r.nullableString() // documentation
      }
      r.tags()
      return [name, value]
    }

    const [result] = results
    if (result === undefined) throw new Undecodable('the broker answered for no resource')
    return result
  },
})

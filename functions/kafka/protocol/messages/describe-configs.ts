import { Undecodable } from '../codec.ts'
import { message } from '../message.ts'

export interface DescribedConfigs {
  error: number
  errorMessage: string | null
  /** Value by name; null where the broker hides it. */
  configs: Map<string, string | null>
}

/** Kafka: ConfigResource.Type. */
const TOPIC = 2
const BROKER = 4

/** One resource: a broker, by its id, or a topic. */
export type ConfigResource = { broker: number } | { topic: string }

/**
 * DescribeConfigs (32), v1–v4, of one resource. Static settings are a broker's own, so that very broker is asked for them;
 * any broker knows those of a topic.
 */
export const describeConfigs = message<ConfigResource & { names: string[] }, DescribedConfigs>({
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 4],
  flexibleFrom: 4,

  write(w, { names, ...resource }, version) {
    w.array([resource], resource => {
      const isTopic = 'topic' in resource
      w.int8(isTopic ? TOPIC : BROKER)
      w.string(isTopic ? resource.topic : String(resource.broker))
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

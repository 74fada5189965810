import { message } from '../message.ts'

export interface DescribedConfigs {
  /** A topic, or the id of a broker. */
  name: string
  error: number
  errorMessage: string | null
  /** Value by name; null if the broker hides it. */
  configs: Map<string, string | null>
  /** Names of the settings that are set on the topic itself, not inherited from the brokers. */
  ofTopic: Set<string>
}

/** Kafka: ConfigResource.Type. */
const TOPIC = 2
const BROKER = 4

/** Kafka: DescribeConfigsResponse.ConfigSource.TOPIC_CONFIG. */
const TOPIC_CONFIG = 1

/** A broker, by its id, or a topic. */
export type ConfigResource = { broker: number } | { topic: string }

export interface DescribeConfigsRequest {
  resources: ConfigResource[]
  /** The settings to return. */
  names: readonly string[]
}

/**
 * DescribeConfigs (32), v1–v4. Only a broker itself knows its static settings, so that broker is asked. Any broker
 * knows a topic's settings.
 */
export const describeConfigs = message<DescribeConfigsRequest, DescribedConfigs[]>({
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 4],
  flexibleFrom: 4,

  write(w, { resources, names }, version) {
    w.array(resources, resource => {
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

    return r.array(() => {
      const error = r.int16()
      const errorMessage = r.nullableString()
      r.int8() // resource type
      const name = r.string()
      const ofTopic = new Set<string>()
      const configs = new Map(r.array(() => readConfig(ofTopic)))
      r.tags()
      return { name, error, errorMessage, configs, ofTopic }
    })

    function readConfig(ofTopic: Set<string>): [name: string, value: string | null] {
      const name = r.string()
      const value = r.nullableString()
      r.boolean() // read only
      if (r.int8() === TOPIC_CONFIG) ofTopic.add(name)
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
  },
})

import type { KafkaSettings } from '../../functions/core/model/settings.ts'

/** Settings for brokers without TLS and sign-in. */
export const plaintext = (...brokers: readonly string[]): KafkaSettings => ({
  brokers: [...brokers],
  protocol: 'PLAINTEXT',
  ca: undefined,
  certificate: undefined,
  privateKey: undefined,
  sasl: undefined,
})

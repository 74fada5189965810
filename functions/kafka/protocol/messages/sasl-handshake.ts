import { message } from '../message.ts'

/**
 * SaslHandshake (17), v1. A broker that does not offer the mechanism answers UNSUPPORTED_SASL_MECHANISM with the list
 * of the mechanisms that it offers, and closes the connection. kafkajs drops the list.
 */
export const saslHandshake = message<{ mechanism: string }, { error: number; offered: string[] }>({
  name: 'SaslHandshake',
  key: 17,
  versions: [1, 1],
  flexibleFrom: 2,

  write: (w, { mechanism }) => w.string(mechanism),
  read: r => ({ error: r.int16(), offered: r.array(() => r.string()) }),
})

import { message } from '../message.ts'

/**
 * SaslHandshake (17), v1. For a mechanism that it does not offer a broker answers error 33 with its mechanisms, and
 * closes the connection. kafkajs drops the list.
 */
export const saslHandshake = message<{ mechanism: string }, { error: number; offered: string[] }>({
  name: 'SaslHandshake',
  key: 17,
  versions: [1, 1],
  flexibleFrom: 2,

  write: (w, { mechanism }) => w.string(mechanism),
  read: r => ({ error: r.int16(), offered: r.array(() => r.string()) }),
})

import type { Mechanism, SASLOptions } from 'kafkajs'
import type { PasswordSettings, SaslSettings } from '../../../core/model/settings.ts'
import { bearer } from './bearer.ts'
import { clientCredentials } from './client-credentials.ts'
import { mskIam } from './msk-iam.ts'
import { tokenFile } from './token-file.ts'

/** How to sign in to one cluster. The brokers of the cluster share the token. */
export interface SignIn {
  /** The mechanism's name on the wire. */
  mechanism: string
  /** A copy of the mechanism for one connection, since kafkajs keeps state in it. */
  forConnection(): SASLOptions | Mechanism
}

export function signIn(sasl: SaslSettings): SignIn {
  switch (sasl.mechanism) {
    case 'aws-msk-iam':
      return withToken(bearer(mskIam(sasl)))
    case 'oauthbearer': {
      const { token, extensions } = sasl
      const source = 'path' in token ? tokenFile(token, extensions) : clientCredentials(token, extensions)
      return withToken(bearer(source))
    }
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return {
        mechanism: sasl.mechanism.toUpperCase(),
        forConnection: () => withPassword(sasl),
      }
  }
}

const withToken = (mechanism: Mechanism): SignIn => ({
  mechanism: mechanism.mechanism,
  forConnection: () => ({ ...mechanism }),
})

/** kafkajs' types need each mechanism spelled out. */
function withPassword({ mechanism, ...user }: PasswordSettings): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, ...user }
    case 'scram-sha-256':
      return { mechanism, ...user }
    case 'scram-sha-512':
      return { mechanism, ...user }
  }
}

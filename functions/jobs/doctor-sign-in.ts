import type { KafkaSettings } from '../core/model/settings.ts'
import { type Finding, ok, warn } from './finding.ts'

/** How the connection to the brokers signs in. */
export function examineSignIn({ protocol, sasl, certificate }: KafkaSettings): Finding[] {
  const subject = 'sign-in'
  if (!sasl) return [ok(subject, certificate ? 'by client certificate' : 'none: the brokers ask for no user')]
  switch (sasl.mechanism) {
    case 'aws-msk-iam': {
      const identity = sasl.role ? `as the role ${sasl.role.arn}` : "by the process's own AWS identity"
      return [ok(subject, `AWS_MSK_IAM in ${sasl.region}, ${identity}`), ...readable(protocol)]
    }
    case 'oauthbearer': {
      const source = 'path' in sasl.token ? `the file ${sasl.token.path}` : sasl.token.endpoint
      return [ok(subject, `OAUTHBEARER, by a token of ${source}`), ...readable(protocol)]
    }
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return [ok(subject, `${sasl.mechanism.toUpperCase()}, as "${sasl.username}"`)]
  }
}

const readable = (protocol: KafkaSettings['protocol']): Finding[] =>
  protocol === 'SASL_SSL'
    ? []
    : [
        warn(
          'sign-in',
          `${protocol} sends the token without encryption, so everybody on the network path can use it until it expires`,
          'Use SASL_SSL.',
        ),
      ]

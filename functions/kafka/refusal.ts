import type { ProblemCode } from '../core/model.ts'
import type { KafkaSettings } from '../core/settings.ts'

/** Why a broker cannot be talked to: the rest of a sentence that begins with the broker, and the remedy. */
export interface Refusal {
  code: ProblemCode
  reason: string
  remedy: string
}

export interface Attempt {
  settings: KafkaSettings
  host: string
  /** Whether the address comes from the settings, and not from another broker's Metadata. */
  isBootstrap: boolean
  /** What was under way: the socket and its first exchange, or a later request. */
  phase: 'opening' | 'request'
}

const noTrust = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])

/** Translates what node:net, node:tls and kafkajs say (by `code`, `type` and `name`) for the person who must act. */
export function explain(error: unknown, attempt: Attempt): Refusal {
  const { settings, host, isBootstrap, phase } = attempt
  const { code, type, name, message, expiry } = told(error)
  const usesTls = settings.protocol.endsWith('SSL')
  const address = isBootstrap ? 'Check KAFKA_BROKERS.' : "Check the broker's advertised.listeners."
  const unreachable = (reason: string, remedy: string): Refusal => ({ code: 'unreachable', reason, remedy })
  const denied = (reason: string, remedy: string): Refusal => ({ code: 'not-authorized', reason, remedy })

  if (code === 'ECONNREFUSED')
    return unreachable('refuses the connection', `Is it running, and is the port right? ${address}`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return unreachable(`cannot be found, since the name ${host} does not resolve`, address)
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return unreachable('cannot be reached, since there is no route to it', address)
  if (code === 'ETIMEDOUT' || message.includes('Connection timeout'))
    return {
      code: 'timed-out',
      reason: 'did not answer in time',
      remedy: `Is a firewall between? ${address}`,
    }

  if (code === 'CERT_HAS_EXPIRED')
    return unreachable(`shows a certificate that expired on ${expiry}`, "Renew the broker's certificate.")
  if (code === 'CERT_NOT_YET_VALID')
    return unreachable('shows a certificate that is not valid yet', 'Check the clock of this machine.')
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return unreachable(
      `shows a certificate that is not for the name ${host}`,
      `Connect by a name that the certificate holds. ${address}`,
    )
  if (noTrust.has(code))
    return settings.ca
      ? unreachable('shows a certificate that KAFKA_CA did not sign', "Set KAFKA_CA to the cluster's CA.")
      : unreachable('shows a certificate of an unknown CA', "Set KAFKA_CA to the cluster's CA.")

  if (code.includes('_ALERT_') || (usesTls && phase === 'opening' && code === 'EPROTO'))
    return settings.certificate
      ? denied('refuses the client certificate', 'Check that KAFKA_CERTIFICATE is of this cluster.')
      : denied('requires a client certificate', 'Set KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY.')
  if (usesTls && phase === 'opening' && (code.startsWith('ERR_SSL_') || code === 'ECONNRESET'))
    return unreachable(
      'broke off the TLS handshake',
      `Does this port speak TLS? KAFKA_SECURITY_PROTOCOL is ${settings.protocol}.`,
    )

  if (type === 'UNSUPPORTED_SASL_MECHANISM' || message.includes('mechanism is not supported'))
    return denied('does not offer this SASL mechanism', 'Check KAFKA_SASL_MECHANISM.')
  if (type === 'ILLEGAL_SASL_STATE')
    return denied(
      'expects no SASL on this port',
      `Check the port; KAFKA_SECURITY_PROTOCOL is ${settings.protocol}.`,
    )
  if (name === 'KafkaJSSASLAuthenticationError')
    return denied(
      `refuses the user "${settings.sasl?.username}"`,
      'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM.',
    )

  if (isBootstrap)
    return unreachable(
      'closed the connection',
      `${usesTls ? '' : 'Does this port expect TLS or SASL? '}KAFKA_SECURITY_PROTOCOL is ${settings.protocol}.`,
    )
  return unreachable(`broke the connection (${message})`, 'The next snapshot tries again.')
}

function told(error: unknown) {
  const field = (key: string): string => {
    const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined
    return typeof value === 'string' ? value : ''
  }
  return {
    code: field('code'),
    type: field('type'),
    name: field('name'),
    message: field('message'),
    expiry: field('expiry'),
  }
}

import type { ProblemCode } from '../../core/model/commit.ts'
import { property } from '../../core/model/failure.ts'
import type { KafkaSettings, SaslSettings } from '../../core/model/settings.ts'
import { NOT_KAFKA } from './kafkajs.ts'
import { TokenRefused } from './sign-in/bearer.ts'

/** Why a broker cannot be reached: the rest of a sentence that begins with the broker, and the remedy. */
export interface ConnectProblem {
  code: ProblemCode
  reason: string
  remedy: string
}

export interface Attempt {
  settings: KafkaSettings
  host: string
  /** True if the address comes from the settings, false if it comes from another broker's Metadata. */
  isBootstrap: boolean
  /** `opening`: the socket and its first exchange. `request`: any later exchange. */
  phase: 'opening' | 'request'
}

const unknownIssuer =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|CERT_SIGNATURE_FAILURE)/
const aboutClientCertificate = /_ALERT_.*(CERT|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/

/** True if the error says that a broker refuses a token or a user. */
export const isSignInRefused = (error: unknown): boolean =>
  error instanceof TokenRefused || told(error).name === 'KafkaJSSASLAuthenticationError'

/** Translates the errors of node:net, node:tls and kafkajs for the person who has to act. */
export function explain(error: unknown, { settings, host, isBootstrap, phase }: Attempt): ConnectProblem {
  const { code, type, name, message, expiry, offered } = told(error)
  const usesTls = settings.protocol.endsWith('SSL')
  const protocol = `KAFKA_SECURITY_PROTOCOL is ${settings.protocol}.`
  const checkAddress = isBootstrap ? 'Check KAFKA_BROKERS.' : 'Check its advertised.listeners.'

  const unreachable = (reason: string, remedy: string): ConnectProblem => ({
    code: 'unreachable',
    reason,
    remedy,
  })
  const denied = (reason: string, remedy: string): ConnectProblem => ({
    code: 'not-authorized',
    reason,
    remedy,
  })

  // The broker's address
  if (code === 'ECONNREFUSED')
    return unreachable('refuses the connection', `Is the broker running? ${checkAddress}`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return unreachable(`has the host name ${host}, which cannot be resolved`, checkAddress)
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return unreachable('has an address to which there is no route', checkAddress)
  if (code === 'ETIMEDOUT')
    return {
      code: 'timed-out',
      reason: 'did not answer in time',
      remedy: `Is the broker overloaded? ${checkAddress}`,
    }

  if (code === NOT_KAFKA)
    return {
      code: 'undecodable',
      reason: 'sent something else than an answer of Kafka',
      remedy: `Is this the port of a Kafka broker? ${protocol}`,
    }

  // The broker's certificate
  if (code === 'CERT_HAS_EXPIRED')
    return unreachable(`shows a certificate that expired on ${expiry}`, 'Renew it on the broker.')
  if (code === 'CERT_NOT_YET_VALID')
    return unreachable('shows a certificate that is not valid yet', 'Is the clock of this machine right?')
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return unreachable(`shows a certificate that is not for ${host}`, checkAddress)
  if (unknownIssuer.test(code))
    return unreachable(
      `shows a certificate that ${settings.ca ? 'KAFKA_CA has not issued' : 'no known authority has issued'}`,
      "Set KAFKA_CA to the certificate of the cluster's authority.",
    )

  // The client's certificate, and whether both sides speak TLS
  if (aboutClientCertificate.test(code))
    return settings.certificate
      ? denied('refuses the client certificate', 'Check that KAFKA_CERTIFICATE is for this cluster.')
      : denied('requires a client certificate', 'Set KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY.')
  if (usesTls && phase === 'opening' && /^(ERR_SSL_|ECONNRESET|EPROTO)/.test(code))
    return unreachable('broke off the TLS handshake', `Is this a port for TLS? ${protocol}`)

  // SASL
  if (type === 'ILLEGAL_SASL_STATE') return denied('expects no SASL', `Is this a port for SASL? ${protocol}`)
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || message.includes('mechanism is not supported'))
    return denied(
      `does not offer SASL ${mechanismAsked(settings.sasl)}${offered && `, only ${offered}`}`,
      mechanismRemedy(offered, settings.sasl),
    )
  if (error instanceof TokenRefused) return denied(message, error.remedy)
  if (name === 'KafkaJSSASLAuthenticationError')
    return denied(
      `refuses the user "${settings.sasl && 'username' in settings.sasl ? settings.sasl.username : ''}"`,
      'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM.',
    )

  // A broker closes the connection without an answer if its port requires TLS or SASL and the client does not speak it.
  if (isBootstrap) {
    const demanded = phase === 'opening' && !usesTls ? 'TLS' : 'SASL'
    return unreachable('closed the connection', `Does this port demand ${demanded}? ${protocol}`)
  }
  return unreachable(`lost the connection (${message})`, 'Is the broker restarting?')
}

const spoken = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER', 'AWS_MSK_IAM']

/** The mechanism's name on the wire. */
const mechanismAsked = (sasl: SaslSettings | undefined): string | undefined =>
  sasl?.mechanism === 'aws-msk-iam' ? 'OAUTHBEARER, which AWS_MSK_IAM uses' : sasl?.mechanism.toUpperCase()

/** @param offered mechanisms, separated by commas; empty if the broker does not say */
function mechanismRemedy(offered: string, sasl: SaslSettings | undefined): string {
  if (offered === '') return 'Check KAFKA_SASL_MECHANISM.'
  const asked = sasl?.mechanism.toUpperCase().replaceAll('AWS-MSK-IAM', 'AWS_MSK_IAM')
  const usable = offered.split(', ').filter(mechanism => spoken.includes(mechanism) && mechanism !== asked)
  return usable.length > 0
    ? `Set KAFKA_SASL_MECHANISM to ${usable.join(' or ')}.`
    : `offset-watchdog speaks ${spoken.join(', ')}: use a port for one of these, or for client certificates.`
}

function told(error: unknown) {
  const field = (key: string): string => {
    const value = property(error, key)
    return typeof value === 'string' ? value : ''
  }
  return {
    code: field('code'),
    type: field('type'),
    name: field('name'),
    message: field('message'),
    expiry: field('expiry'),
    offered: field('offered'),
  }
}

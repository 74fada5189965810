import { X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'
import { errorText, Failure } from '../../core/model/failure.ts'
import type { KafkaSettings } from '../../core/model/settings.ts'
import type { Address } from './kafkajs.ts'

/** The UTC day, for error messages. */
const day = (time: Date): string => time.toISOString().slice(0, 10)

/**
 * The TLS context; undefined if the protocol has no TLS. Checks the dates of the certificates first, since a broker
 * that refuses a client certificate often gives no reason.
 * @param now ms since the epoch
 * @throws Failure
 */
export function secureContextOf(settings: KafkaSettings, now: number): SecureContext | undefined {
  if (settings.protocol !== 'SSL' && settings.protocol !== 'SASL_SSL') return undefined
  const { ca, certificate: cert, privateKey: key } = settings

  try {
    const secureContext = createSecureContext({ ca, cert, key })
    if (cert !== undefined) refuseOutdated('the client certificate (KAFKA_CERTIFICATE)', [cert], now)
    if (ca !== undefined) refuseOutdated('the CA certificate (KAFKA_CA)', certificatesOf(ca), now)
    return secureContext
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const reason = errorText(cause)
    throw new Failure(
      `KAFKA_CA, KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY cannot be used together: ${reason}. Give them as PEM, the private key without a password and belonging to the certificate.`,
      { cause, exitCode: 2 },
    )
  }
}

/**
 * A socket to a broker, over TLS if there is a secure context.
 * @param onUntrusted called instead of `onConnect`, with node:tls' error code for the broker's certificate
 */
export function openSocket(
  { host, port }: Address,
  secureContext: SecureContext | undefined,
  onConnect: () => void,
  onUntrusted: (error: { code: unknown; expiry: string | undefined }) => void,
): Socket {
  const target = { host, port, noDelay: true, keepAlive: true }
  if (!secureContext) return connectTcp(target, onConnect)

  // node:tls hides a certificate that it rejects. So this code rejects the certificate itself, before a byte is sent,
  // and the error can give the certificate's expiry.
  const options = { ...target, servername: isIP(host) === 0 ? host : '', rejectUnauthorized: false }
  const socket = connectTls({ ...options, secureContext })
  return socket.once('secureConnect', () => {
    if (socket.authorized) return onConnect()
    const expiry = socket.getPeerX509Certificate()?.validToDate
    onUntrusted({ code: socket.authorizationError, expiry: expiry && day(expiry) })
  })
}

const certificatesOf = (bundle: string): string[] =>
  bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

/** One valid certificate of a bundle is enough. */
function refuseOutdated(subject: string, certificates: string[], now: number): void {
  const parsed = certificates.map(text => new X509Certificate(text))
  const inForce = ({ validFromDate, validToDate }: X509Certificate) =>
    validFromDate.getTime() <= now && now <= validToDate.getTime()
  const [first] = parsed
  if (first === undefined || parsed.some(inForce)) return

  const outdated =
    first.validToDate.getTime() < now
      ? `expired on ${day(first.validToDate)}. Renew it.`
      : `is not valid before ${day(first.validFromDate)}. Is the clock of this machine right?`
  throw new Failure(`cannot connect to Kafka: ${subject} ${outdated}`)
}

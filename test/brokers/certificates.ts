import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its key, as PEM. The key is an unencrypted PKCS #8. */
export interface KeyAndCertificate {
  privateKey: string
  certificate: string
}

export interface CertificateAuthority {
  /** The authority's own certificate, as PEM. */
  readonly certificate: string
  issue(commonName: string, validity?: { notAfter?: Date; hosts?: readonly string[] }): KeyAndCertificate
}

const dayMs = 24 * 60 * 60_000

/**
 * A certificate authority in this process, with keys on P-256. Node can make keys and signatures, but no certificates.
 */
export function certificateAuthority(commonName: string): CertificateAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = { subject: commonName, publicKey: keys.publicKey, extensions: [isAuthority] }

  function certify(request: Omit<Certificate, 'issuer' | 'notAfter'> & { notAfter?: Date }): string {
    const notAfter = request.notAfter ?? new Date(Date.now() + 30 * dayMs)
    return signed({ ...request, issuer: commonName, notAfter }, keys.privateKey)
  }

  return {
    certificate: certify(own),
    issue(subject, { notAfter, hosts = [] } = {}) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const extensions = hosts.length > 0 ? [alternativeNames(hosts)] : []
      return {
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        certificate: certify({ subject, publicKey, extensions, ...(notAfter && { notAfter }) }),
      }
    },
  }
}

interface Certificate {
  issuer: string
  subject: string
  notAfter: Date
  publicKey: KeyObject
  extensions: readonly Buffer[]
}

/** An X.509 v3 certificate (RFC 5280, section 4.1), as PEM. */
function signed(
  { issuer, subject, notAfter, publicKey, extensions }: Certificate,
  issuerKey: KeyObject,
): string {
  const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'))
  const notBefore = new Date(notAfter.getTime() - 365 * dayMs)

  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  )
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bits(sign('sha256', toBeSigned, issuerKey)))

  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

// The part of DER that a certificate needs (X.690): a tag, the length, the content.

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(body.length)]), body])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

const integer = (content: Buffer) => der(0x02, content)
const bits = (content: Buffer) => der(0x03, Buffer.of(0), content)
const octets = (content: Buffer) => der(0x04, content)
const sequence = (...content: Buffer[]) => der(0x30, ...content)
const yes = der(0x01, Buffer.of(0xff))

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const arcs = [first * 40 + second, ...rest].flatMap(arc => {
    const septets = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80)
    return septets
  })
  return der(0x06, Buffer.from(arcs))
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName)))))
}

/** UTCTime, good until 2049. */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`))
}

const isAuthority = sequence(objectId('2.5.29.19'), yes, octets(sequence(yes)))

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map(host =>
    /^[\d.]+$/.test(host)
      ? der(0x87, Buffer.from(host.split('.').map(Number)))
      : der(0x82, Buffer.from(host)),
  )
  return sequence(objectId('2.5.29.17'), octets(sequence(...names)))
}

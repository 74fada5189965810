import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { ClusterSettings, KafkaSettings } from '../core/model/settings.ts'
import type { KafkaSection, NameOf } from './kafka-section.ts'
import { saslSettings } from './sasl-settings.ts'
import { type ReadFile, readText, usage } from './yaml-file.ts'

/** Kafka's part of the settings, with its files read. Contradicting settings are refused. */
export function kafkaSettings(
  configured: KafkaSection,
  cluster: Pick<ClusterSettings, 'name' | 'msk'>,
  nameOf: NameOf,
  readFile: ReadFile,
): KafkaSettings {
  const { brokers = [], securityProtocol } = configured
  const ca = pem('ca', certificateOf)
  const certificate = pem('certificate', certificateOf)
  const privateKey = pem('privateKey', createPrivateKey)

  if (certificate && !privateKey) throw alone('certificate', 'privateKey')
  if (privateKey && !certificate) throw alone('privateKey', 'certificate')
  if (
    certificate &&
    privateKey &&
    !certificateOf(certificate).checkPrivateKey(createPrivateKey(privateKey))
  ) {
    throw usage(
      `${nameOf('privateKey')} does not belong to ${nameOf('certificate')}: use the key and the certificate of one pair.`,
    )
  }

  const protocol = securityProtocol ?? (ca || certificate ? 'SSL' : 'PLAINTEXT')
  const isTls = protocol === 'SSL' || protocol === 'SASL_SSL'
  if (!isTls && (ca || certificate)) {
    const given = nameOf(ca ? 'ca' : 'certificate')
    throw usage(
      `${nameOf('securityProtocol')} is ${protocol}, which uses no ${given}: choose SSL or SASL_SSL.`,
    )
  }
  const sasl = saslSettings(configured, cluster, protocol, nameOf)
  return { brokers, protocol, ca, certificate, privateKey, sasl }

  function pem(key: 'ca' | 'certificate' | 'privateKey', parse: (text: string) => unknown) {
    const path = configured[`${key}Path`]
    const name = nameOf(configured[key] ? key : `${key}Path`)
    // In an environment variable a line break is often written as a backslash and an n.
    const text = (configured[key] ?? (path && readText(name, path, readFile)))?.replaceAll('\\n', '\n')
    if (path && text?.trim() === '') {
      throw usage(
        `${name} is ${JSON.stringify(path)}, which is empty: fill that file, or the secret that is mounted there.`,
      )
    }
    try {
      if (text !== undefined) parse(text)
      return text
    } catch (cause) {
      const kind = key === 'privateKey' ? 'private key without a password' : 'certificate'
      throw usage(`${name} cannot be read: give a ${kind} in PEM, which begins with -----BEGIN.`, cause)
    }
  }

  function alone(given: keyof KafkaSection, missing: keyof KafkaSection) {
    return usage(`${nameOf(given)} is set, but ${nameOf(missing)} is not: a client certificate needs both.`)
  }
}

const certificateOf = (text: string) => new X509Certificate(text)

import { type Kafka, type KafkaOptions, startKafka } from './broker.ts'
import { type CertificateAuthority, certificateAuthority, type KeyAndCertificate } from './certificates.ts'
import type { Properties } from './properties.ts'

/**
 * A Kafka with every kind of listener and with an authorizer. The cluster starts without any ACL; see acls.ts. Clients
 * without a name, which use `bootstrap` or `tls`, are the super user.
 */
export interface SecuredKafka extends Kafka {
  /** TLS without a client certificate. */
  readonly tls: readonly string[]
  /** TLS with a client certificate. */
  readonly mtls: readonly string[]
  /** SASL PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, each with `user`. */
  readonly sasl: readonly string[]
  /** SASL SCRAM-SHA-512 alone, with `user`. */
  readonly scram: readonly string[]
  /** Like `sasl`, over TLS. */
  readonly saslTls: readonly string[]

  /** The certificate of the CA of the nodes and of `client`, as PEM. */
  readonly ca: string
  /** The certificate of another CA, as PEM. */
  readonly otherCa: string
  /** A client certificate with the principal `User:CN=watchdog`. */
  readonly client: KeyAndCertificate
  readonly expiredClient: KeyAndCertificate
  /** Issues a client certificate with the principal `User:CN=<name>`. */
  issue(name: string): KeyAndCertificate
  /** A client certificate of `otherCa`. */
  readonly foreignClient: KeyAndCertificate
  /** The SASL user, with the principal `User:watchdog`. */
  readonly user: { readonly username: string; readonly password: string }
}

export async function startSecuredKafka(options: KafkaOptions = {}): Promise<SecuredKafka> {
  const authority = certificateAuthority('offset-watchdog test authority')
  const otherAuthority = certificateAuthority('some other authority')
  const user = { username: 'watchdog', password: 'watchdog-secret' }

  const kafka = await startKafka({
    ...options,
    listeners: {
      TLS: 'SSL',
      MTLS: 'SSL',
      SASL: 'SASL_PLAINTEXT',
      SCRAM: 'SASL_PLAINTEXT',
      SASL_TLS: 'SASL_SSL',
    },
    scramUsers: { [user.username]: user.password },
    properties: { ...tls(authority), ...sasl(user), ...authorizer, ...options.properties },
  })

  return {
    ...kafka,
    tls: kafka.listener('TLS'),
    mtls: kafka.listener('MTLS'),
    sasl: kafka.listener('SASL'),
    scram: kafka.listener('SCRAM'),
    saslTls: kafka.listener('SASL_TLS'),
    ca: authority.certificate,
    otherCa: otherAuthority.certificate,
    client: authority.issue(user.username),
    issue: name => authority.issue(name),
    expiredClient: authority.issue(user.username, { notAfter: new Date(Date.now() - 60_000) }),
    foreignClient: otherAuthority.issue(user.username),
    user,
  }
}

const authorizer: Properties = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

function tls(authority: CertificateAuthority): Properties {
  const node = authority.issue('node', { hosts: ['127.0.0.1', 'localhost'] })
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': node.privateKey,
    'ssl.keystore.certificate.chain': node.certificate,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': authority.certificate,
    'listener.name.mtls.ssl.client.auth': 'required',
  }
}

function sasl({ username, password }: { username: string; password: string }): Properties {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`

  return Object.assign(
    {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.scram.scram-sha-512.sasl.jaas.config': scram,
    },
    ...['sasl', 'sasl_tls'].map(listener => ({
      [`listener.name.${listener}.plain.sasl.jaas.config`]: plain,
      [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: scram,
      [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: scram,
    })),
  )
}

import { readFile } from 'node:fs/promises'
import { Failure } from '../../../core/model/failure.ts'
import type { OAuthSettings, TokenFile } from '../../../core/model/settings.ts'
import { claimsOf } from './claims.ts'
import type { TokenSource } from './token.ts'

/** A token in a file that another program, such as Kubernetes, renews. The file is read for each connection. */
export const tokenFile = ({ path }: TokenFile, extensions: OAuthSettings['extensions']): TokenSource => ({
  mechanism: 'OAUTHBEARER',
  extensions,
  token: async () => ({ value: await read(path), expiresAt: Number.POSITIVE_INFINITY }),
  explain: ({ value }) => ({
    subject: `the token in the file of KAFKA_SASL_OAUTH_TOKEN_PATH${claimsOf(value)}`,
    remedy:
      'Check that the file is renewed, and that its issuer and audience are the ones that the broker expects.',
  }),
})

async function read(path: string): Promise<string> {
  const wrong = (why: string, cause?: unknown) =>
    new Failure(
      `cannot sign in to Kafka: KAFKA_SASL_OAUTH_TOKEN_PATH is ${JSON.stringify(path)}, which ${why}. Check the path, and the program that writes the token there.`,
      { cause },
    )
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw wrong(cause.code === 'ENOENT' ? 'does not exist' : `cannot be read (${cause.code})`, cause)
  })
  if (text.trim() === '') throw wrong('is empty')
  return text.trim()
}

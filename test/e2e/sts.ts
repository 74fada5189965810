import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { AwsKey } from '../brokers/tokens.ts'

/** The AssumeRole of AWS STS: it records requests, and answers with a key of the test or with a refusal. */
export interface FakeSts extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly Record<string, string>[]
  answer: { key: AwsKey } | { code: string; message: string }
}

export async function startSts(): Promise<FakeSts> {
  const requests: Record<string, string>[] = []
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void text(request).then(body => {
      requests.push(Object.fromEntries(new URLSearchParams(body)))
      const { answer } = sts
      const isRefused = 'code' in answer
      response.writeHead(isRefused ? 403 : 200, { 'content-type': 'text/xml' })
      response.end(isRefused ? refusal(answer) : assumed(answer.key))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const sts: FakeSts = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    requests,
    answer: { code: 'AccessDenied', message: '' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return sts
}

const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'

const refusal = ({ code, message }: { code: string; message: string }) =>
  `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

const assumed = ({
  accessKeyId,
  secretAccessKey,
  sessionToken = '',
}: AwsKey) => `<AssumeRoleResponse ${xmlns}>
  <AssumeRoleResult><Credentials>
    <AccessKeyId>${accessKeyId}</AccessKeyId>
    <SecretAccessKey>${secretAccessKey}</SecretAccessKey>
    <SessionToken>${sessionToken}</SessionToken>
    <Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`

import { expect, test } from '@jest/globals'
import { mskIam, signedToken } from '../../../../functions/kafka/connection/sign-in/msk-iam.ts'

const now = Date.parse('2026-11-27T06:00:00Z')
const key = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session+/=' }

test('the token is a presigned URL, with the user agent after the signature', async () => {
  const { value, expiresAt } = await signedToken(
    { ...key, expiresAt: Number.POSITIVE_INFINITY },
    'eu-west-1',
    now,
  )
  expect(value).toMatch(/^[\w-]+$/)
  const { host, pathname, searchParams } = new URL(Buffer.from(value, 'base64url').toString())
  expect({ host, pathname, ...Object.fromEntries(searchParams) }).toEqual({
    host: 'kafka.eu-west-1.amazonaws.com',
    pathname: '/',
    Action: 'kafka-cluster:Connect',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKID/20261127/eu-west-1/kafka-cluster/aws4_request',
    'X-Amz-Date': '20261127T060000Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'session+/=',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    'User-Agent': 'offset-watchdog',
  })
  expect([...searchParams.keys()].at(-1)).toBe('User-Agent')
  expect(expiresAt).toBe(now + 900_000)
})

test('the token expires with the credentials if these expire sooner', async () => {
  const { expiresAt } = await signedToken({ ...key, expiresAt: now + 60_000 }, 'eu-west-1', now)
  expect(expiresAt).toBe(now + 60_000)
})

test.each([
  [
    'b-1.orders.a1b2c3.c2.kafka.eu-north-1.amazonaws.com',
    'The broker is in eu-north-1: set KAFKA_SASL_AWS_REGION to that region, or leave the setting out.',
  ],
  [
    'kafka-1.example.com',
    'Check the region (KAFKA_SASL_AWS_REGION), that the AWS credentials have not expired, and that they may kafka-cluster:Connect.',
  ],
])('a refusal by %s names the remedy', (host, remedy) => {
  const source = mskIam({ mechanism: 'aws-msk-iam', region: 'us-east-1', role: undefined })
  const subject = 'the signature of the AWS identity of this process for us-east-1'
  expect(source.explain({ value: 'x', expiresAt: 0 }, host)).toEqual({ subject, remedy })
})

import { expect, test } from '@jest/globals'
import { awsCredentials } from '../../../../functions/kafka/connection/sign-in/aws-credentials.ts'
import { describeWithPython } from '../../../aws/describe.ts'
import { startAws } from '../../../aws/ministack.ts'
import { until } from '../../../brokers/until.ts'

describeWithPython('with an emulator of AWS', () => {
  test('a role is assumed, and its credentials are reused until shortly before they expire', async () => {
    await using aws = await startAws()
    const before = { ...process.env }
    Object.assign(process.env, aws.env)
    try {
      const credentials = awsCredentials({
        mechanism: 'aws-msk-iam',
        region: 'eu-west-1',
        role: {
          arn: 'arn:aws:iam::999999999999:role/kafka-reader',
          externalId: 'orders-7',
          sessionName: 'offset-watchdog-prod',
        },
      })
      // The emulator loads STS at the first request, which takes long on a busy machine.
      const first = await until(() => credentials().catch(() => undefined))
      expect(first).toMatchObject({
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
      })
      expect(first.expiresAt).toBeGreaterThan(Date.now() + 10 * 60_000)
      expect(await credentials()).toBe(first)
    } finally {
      process.env = before
    }
  })
})

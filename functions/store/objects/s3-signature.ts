import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

export interface Signable {
  method: string
  /** Escaped, as it is sent. */
  path: string
  /** Escaped and sorted, as it is sent. */
  query: string
  /** Lower-case names; has `host` and `x-amz-content-sha256`. */
  headers: Record<string, string>
}

const hmac = (key: Buffer | KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

/**
 * Makes the function that adds the headers of AWS's Signature Version 4 to a request. The AWS SDK's signer takes three
 * times the CPU time.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function s3Signer(region: string) {
  let last: { secret: string; day: string; key: KeyObject } | undefined

  function keyOf(secret: string, day: string): KeyObject {
    if (last?.secret !== secret || last.day !== day) {
      const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
      last = { secret, day, key: createSecretKey(key) }
    }
    return last.key
  }

  /** @param time of the signature, ms since the epoch */
  return function sign(request: Signable, credentials: S3Credentials, time: number): Record<string, string> {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    const stamp = new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const day = stamp.slice(0, 8)
    const scope = `${day}/${region}/s3/aws4_request`
    const headers: Record<string, string> = {
      ...request.headers,
      'x-amz-date': stamp,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    }
    const names = Object.keys(headers).sort()
    const signed = names.join(';')
    const lines = names.map(name => `${name}:${headers[name]}\n`).join('')
    const { method, path, query } = request
    const canonical = [method, path, query, lines, signed, headers['x-amz-content-sha256']].join('\n')
    const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash('sha256', canonical)].join('\n')
    const signature = hmac(keyOf(secretAccessKey, day), toSign).toString('hex')
    return {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    }
  }
}

import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/**
 * Limit in bytes of a whole result as JSON, with the body as a string in it: "Invocation payload", quotas of AWS
 * Lambda.
 */
const MOST = 6 * 1024 * 1024

/** The answer; above Lambda's limit, 413 with a narrower request to try. Lambda itself would return 502. */
export function lookupAnswer(
  body: string,
  { format, topic }: { format: 'json' | 'csv'; topic?: string | undefined },
) {
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json'
  const result = answer(200, type, body)
  const size = Buffer.byteLength(JSON.stringify(result))
  if (size <= MOST) return result

  const remedies = [
    ...(topic === undefined ? ['ask for one topic with topic='] : []),
    ...(format === 'json' ? ['leave out all but the offsets with format=csv'] : []),
    'run `offset-watchdog lookup` on a machine that may read the bucket',
  ]
  return refusal(
    413,
    `the answer has ${(size / 1024 / 1024).toFixed(1)} MiB, and AWS Lambda answers with at most 6 MiB: ${remedies.join(', or ')}.`,
  )
}

export const refusal = (statusCode: number, message: string): APIGatewayProxyStructuredResultV2 =>
  answer(statusCode, 'application/json', JSON.stringify({ message }))

const answer = (statusCode: number, type: string, body: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body,
})

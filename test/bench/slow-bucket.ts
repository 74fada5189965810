import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderStore } from '../../functions/store/objects/folder.ts'

/** S3 for a reader of a folder: GetObject with ranges, and ListObjectsV2. Each request takes `takes` ms. */
export async function slowBucket(folder: string, takes: number) {
  const objects = folderStore(folder)
  let requests = 0

  async function answer({ url = '', headers }: IncomingMessage, response: ServerResponse) {
    requests++
    await sleep(takes)
    const { pathname, searchParams } = new URL(url, 'http://bucket')
    if (searchParams.get('list-type') === '2') {
      response.writeHead(200, { 'content-type': 'application/xml' })
      return void response.end(await listing(searchParams))
    }
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'))
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    const range = { offset: Number(from), length: Number(to) - Number(from) + 1 }
    const bytes = await objects.read(key, from === undefined ? undefined : range)
    response.writeHead(bytes ? (from === undefined ? 200 : 206) : 404, { etag: '"e"' }).end(bytes)
  }

  async function listing(query: URLSearchParams): Promise<string> {
    const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
    const keys: string[] = []
    for await (const key of objects.list(query.get('prefix') ?? '', after)) {
      keys.push(key)
      if (keys.length === 1000) break
    }
    const contents = keys.map(key => `<Contents><Key>${key}</Key></Contents>`).join('')
    const more = keys.length === 1000 ? `<NextContinuationToken>${keys.at(-1)}</NextContinuationToken>` : ''
    return `<ListBucketResult><IsTruncated>${more !== ''}</IsTruncated>${more}${contents}</ListBucketResult>`
  }

  const server = createServer((request, response) => void answer(request, response))
  await once(server.listen(0), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    settings: {
      WATCHDOG_STORE: 's3://bucket',
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
    },
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

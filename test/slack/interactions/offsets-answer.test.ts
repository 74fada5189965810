import { once } from 'node:events'
import { createServer } from 'node:http'
import { text as bodyOf } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { knownOffsetOf, type LookUpResult } from '../../../functions/jobs/look-up.ts'
import { apology, offsetsAnswer } from '../../../functions/slack/interactions/offsets-answer.ts'
import { respond } from '../../../functions/slack/interactions/respond.ts'
import { aHead } from '../messages/heads.ts'
import { violations } from '../messages/limits.ts'
import { commit, lost, now } from '../messages/samples.ts'
import { renderAsText } from '../terminal.ts'

const found = (changes: Partial<LookUpResult> = {}): LookUpResult => ({
  head: aHead(),
  group: 'payments-v1',
  kind: 'simple',
  state: 'Empty',
  neverCommitted: [],
  replacedBy: null,
  lastMember: null,
  offsets: [
    knownOffsetOf(commit(), aHead()),
    knownOffsetOf(lost({ kind: 'gone' }, { partition: 4 }).commit, aHead()),
  ],
  ...changes,
})

describe('the answer', () => {
  test('has each offset, and only the user who asked sees it', () => {
    const answer = offsetsAnswer(found(), 'team-payments', now)
    expect(answer.response_type).toBe('ephemeral')
    const text = renderAsText(
      { text: answer.text, attachments: answer.attachments ?? [] },
      { ansi: false, timeZone: 'UTC', width: 1000 },
    )
    expect(text).toBe(
      [
        '🔴 payments-v1 on prod: 2 offsets, a simple group.',
        '▌ Owner: team-payments',
        '▌',
        '▌ • orders.events 3: 48113 · at the log end · last seen 24 Nov 15:58',
        '▌ • orders.events 4: 48113 · still in the log, at most 120 records after it · gone · last seen 24 Nov 15:43',
        '▌',
        '▌ All of them; add --csv for a file:',
        '▌     offset-watchdog lookup payments-v1 --cluster prod',
        '▌',
        '▌ Snapshot of 24 Nov 15:58 · only you see this',
      ].join('\n'),
    )
  })

  test('says if the cluster or the topic has been replaced', () => {
    const topicDeleted = { reason: 'topic-deleted', earliest: now, latest: now } as const
    const gone = knownOffsetOf(lost({ kind: 'gone' }, { gone: topicDeleted }).commit, aHead())
    const said = JSON.stringify(
      offsetsAnswer(found({ replacedBy: 'MkU3OEVBNTcw', offsets: [gone] }), null, now),
    )
    expect(said).toContain('from the earlier cluster with this name')
    expect(said).toContain('the topic is gone')
  })

  test('is within Slack’s limits with 5,000 partitions and names of 32 KB', () => {
    const row = knownOffsetOf(commit({ topic: '&'.repeat(32_000) }), aHead())
    const { text, attachments } = offsetsAnswer(
      found({ group: '<!channel>'.repeat(3_200), offsets: Array.from({ length: 5_000 }, () => row) }),
      null,
      now,
    )
    if (attachments === undefined) throw new Error('it has nothing')
    expect(violations({ text, attachments, metadata: { event_type: '', event_payload: {} } })).toEqual([])
    expect(JSON.stringify([text, attachments])).not.toContain('<!channel>')
  })

  test('shows names as text if the lookup failed', () => {
    expect(apology('no group "<!channel>"').text).toBe('no group "&lt;!channel&gt;"')
  })

  test('goes to the address that Slack gave', async () => {
    const received: string[] = []
    const server = createServer((incoming, response) => {
      void bodyOf(incoming).then(sent => {
        received.push(sent)
        if (incoming.url === '/moved') response.writeHead(307, { location: '/' }).end()
        else response.writeHead(incoming.url === '/gone' ? 404 : 200).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

    const apiUrl = `${url}/api/`
    await respond(url, apology('nothing'), apiUrl)
    await expect(respond(`${url}/gone`, apology('nothing'), apiUrl)).rejects.toThrow(
      'Slack answered with HTTP 404.',
    )
    await expect(respond(`${url}/moved`, apology('nothing'), apiUrl)).rejects.toThrow('is out of reach')
    await expect(respond(url, apology('nothing'))).rejects.toThrow('does not belong to Slack')
    expect(received).toHaveLength(3)
    server.close()
    await once(server, 'close')
    await expect(respond(url, apology('nothing'), apiUrl)).rejects.toThrow('is out of reach')
    expect(JSON.parse(received[0] ?? '')).toEqual({
      response_type: 'ephemeral',
      text: 'nothing',
      replace_original: false,
    })
  })
})

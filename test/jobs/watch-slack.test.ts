import { describe, expect, test } from '@jest/globals'
import { policy } from '../builders/commits.ts'
import { DAY, HOUR, MINUTE, simple } from '../core/readings.ts'
import type { Mishap } from '../slack/server.ts'
import { cluster } from './parts.ts'
import { quietGroup, read, slack, texts, watchAt, week, withStoreAndSlack } from './watching.ts'

withStoreAndSlack()

describe('a message that fails in Slack', () => {
  const failing = async (time: number, ...mishaps: Mishap[]) => {
    slack.mishaps.push(...mishaps)
    await expect(watchAt(time)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('Slack'),
    })
  }

  test.each(['channel_not_found', 'token_revoked'])('is posted by the next run, once: %s', async error => {
    await quietGroup('app')
    await failing(week - DAY, { error })
    expect(await watchAt(week - DAY + MINUTE)).toMatchObject({ posted: 1 })
    expect(await watchAt(week - DAY + 2 * MINUTE)).toMatchObject({ posted: 0 })
  })

  test('does not stop the others', async () => {
    await quietGroup('a', 'b')
    await failing(week - DAY, { error: 'channel_not_found' })
    expect(slack.messages).toHaveLength(1)
    expect(await watchAt(week - DAY + MINUTE)).toMatchObject({ posted: 1 })
    expect(texts().filter(text => text.includes('`a`'))).toHaveLength(1)
  })

  test('is named in the failure of the run, with the number of the others', async () => {
    await quietGroup('a', 'b', 'c')
    const error = 'channel_not_found'
    slack.mishaps.push({ error }, { error }, { error })
    await expect(watchAt(week - DAY)).rejects.toThrow(
      /\. 2 more messages failed\. The next run tries again\.$/,
    )
  })

  test('leaves the rest to the next run if it meets a rate limit', async () => {
    await quietGroup('a', 'b')
    await failing(week - DAY, { status: 429, retryAfter: 30 })
    expect(slack.calls).toHaveLength(1)
    expect(await watchAt(week - DAY + MINUTE)).toMatchObject({ posted: 2 })
  })

  test('without an answer is posted again, but only when its run must have died', async () => {
    await quietGroup('app')
    await failing(week - HOUR, 'cut')
    expect(await watchAt(week - HOUR + MINUTE)).toMatchObject({ posted: 0 })
    expect(await watchAt(week - HOUR + 2 * MINUTE)).toMatchObject({ posted: 1 })
    expect(await watchAt(week - HOUR + 4 * MINUTE)).toMatchObject({ posted: 0 })
    expect(slack.messages).toHaveLength(2)
    expect(texts()[1]).toContain('<!here>')
  })

  test('without an answer is found once the channel is known, not posted again, and edited', async () => {
    await quietGroup('a', 'b')
    await read(5 * HOUR, { a: simple({ 'orders-0': 6n }), b: simple({ 'orders-0': 9n }) })
    expect(await watchAt(week - 72 * HOUR)).toMatchObject({ posted: 1 })
    await failing(week - 71 * HOUR, 'cut')
    await watchAt(week - 71 * HOUR + 2 * MINUTE)
    expect(await watchAt(week - 71 * HOUR + 4 * MINUTE)).toMatchObject({
      posted: 0,
      edited: 1,
      openIncidents: 2,
    })
    expect(await watchAt(week - 71 * HOUR + 6 * MINUTE)).toMatchObject({ posted: 0, edited: 0 })
    expect(slack.messages).toHaveLength(2)
  })

  test('without an answer does not stand for a last call that became due before it was found', async () => {
    await quietGroup('a', 'b')
    await read(5 * HOUR, { a: simple({ 'orders-0': 6n }), b: simple({ 'orders-0': 9n }) })
    expect(await watchAt(week - 72 * HOUR)).toMatchObject({ posted: 1 })
    await failing(week - 67 * HOUR, 'hang')
    slack.mishaps.push({ status: 503 })
    await expect(watchAt(week - 2 * HOUR)).rejects.toMatchObject({ exitCode: 3 })
    await watchAt(week - HOUR)
    expect(texts().filter(text => text.includes('`b`') && text.includes('<!here>'))).toHaveLength(1)
  })

  test('without an answer does not delay others, and is posted again after an hour of failed searches', async () => {
    await quietGroup('a', 'b', 'c')
    const at = (offset: bigint) => simple({ 'orders-0': offset })
    await read(90 * MINUTE, { a: at(6n), b: at(9n), c: at(6n) })
    await read(5 * HOUR, { a: at(6n), b: at(9n), c: at(9n) })
    expect(await watchAt(week - 72 * HOUR)).toMatchObject({ posted: 1 })
    await failing(week - 71 * HOUR, 'cut')
    await failing(week - 70.5 * HOUR, { status: 503 })
    const named = () => ['`a`', '`b`', '`c`'].map(name => texts().filter(text => text.includes(name)).length)
    expect(named()).toEqual([1, 1, 1])

    slack.mishaps.push({ status: 503 })
    expect(await watchAt(week - 69.5 * HOUR)).toMatchObject({ posted: 1 })
    expect(await watchAt(week - 69 * HOUR)).toMatchObject({ posted: 0 })
    expect(named()).toEqual([1, 2, 1])
  })

  test('is posted again if somebody has deleted it', async () => {
    await quietGroup('app')
    await watchAt(week - 72 * HOUR)
    slack.remove(slack.messages[0]?.ts ?? '')
    expect(await watchAt(week - 24 * HOUR)).toMatchObject({ edited: 1, posted: 1 })
    expect(slack.messages.map(({ thread }) => thread)).toEqual([undefined, slack.messages[0]?.ts])
    expect(await watchAt(week - 6 * HOUR)).toMatchObject({ posted: 1, edited: 1 })
  })
})

test('a summary mentions the people of each route whose groups are urgent, once', async () => {
  const routes = [
    { pattern: 'pay-*', channel: undefined, mention: '<!subteam^S1>' },
    { pattern: 'ledger-*', channel: undefined, mention: '<!subteam^S2>' },
  ]
  await quietGroup(
    ...Array.from('abcdefghijkl', (letter, i) => `${['pay', 'ledger', 'app'][i % 3]}-${letter}`),
  )
  await watchAt(week - HOUR, { cluster: { ...cluster, policy: { ...policy, routes } } })
  const summary = texts().find(text => text.includes('12 groups')) ?? ''
  expect(summary.match(/<!(subteam|here)[^>]*>/g)?.toSorted()).toEqual([
    '<!here>',
    '<!subteam^S1>',
    '<!subteam^S2>',
  ])
})

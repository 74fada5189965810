import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { manyCommits, snapshotOf } from '../../builders/snapshots.ts'
import { cli, start } from '../run.ts'
import { sample } from '../sample.ts'
import { storeOf, type TestStore } from '../store.ts'

const now = Date.now()
let store: TestStore

beforeAll(async () => {
  store = await storeOf(sample(now))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

describe('a command whose output is lost continues to its end:', () => {
  test.each<[string, string[], 'stdout' | 'stderr', number]>([
    ['standard output closed, as with head', ['status'], 'stdout', 0],
    ['standard output closed, with a finding', ['status', '--check'], 'stdout', 1],
    ['standard error closed', ['lookup', 'no-such-group'], 'stderr', 3],
  ])('%s', async (_, args, closed, code) => {
    const { child, ended } = start(args, store.settings)
    child[closed].destroy()
    const left = await text(child[closed === 'stdout' ? 'stderr' : 'stdout'])
    expect({ code: await ended, left }).toEqual({ code, left: '' })
  })

  test('a pipe that is closed in the middle of a long output', async () => {
    await using large = await storeOf(snapshotOf([...manyCommits(5_000)], { takenAt: now }))
    const { child, ended } = start(['status', '--ndjson'], large.settings)
    child.stdout.once('data', () => child.stdout.destroy())
    const stderr = await text(child.stderr)
    expect({ code: await ended, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('a full disk', async () => {
    const words = [process.execPath, cli, 'lookup', 'audit', '--csv']
    const env = { PATH: process.env.PATH, ...store.settings }
    const child = spawn('sh', ['-c', 'exec "$@" > /dev/full', 'sh', ...words], { env })
    const ended = once(child, 'exit')
    const stderr = await text(child.stderr)
    const [code] = await ended
    expect({ code, stderr: stderr.split('\n').at(-2) }).toEqual({
      code: 3,
      stderr: 'cannot write to standard output (ENOSPC): the output is not complete.',
    })
  })
})

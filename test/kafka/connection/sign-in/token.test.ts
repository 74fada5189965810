import { beforeEach, describe, expect, test } from '@jest/globals'
import { renewed } from '../../../../functions/kafka/connection/sign-in/token.ts'

const MINUTE = 60_000
let clock: number
let fetches: number
beforeEach(() => {
  clock = 0
  fetches = 0
})

/** @param life lifetime of each token in ms */
const tokensOf = (life: number) =>
  renewed(
    async () => {
      fetches += 1
      return { number: fetches, expiresAt: clock + life }
    },
    () => clock,
  )

describe('a token is renewed', () => {
  test.each([
    { life: 60 * MINUTE, kept: 59 * MINUTE - 1, renewed: 59 * MINUTE, when: 'a minute before its end' },
    {
      life: 90_000,
      kept: 44_999,
      renewed: 45_000,
      when: 'at half its life, if that is less than two minutes',
    },
    {
      life: Number.POSITIVE_INFINITY,
      kept: 1e12,
      renewed: Number.POSITIVE_INFINITY,
      when: 'never, if it does not expire',
    },
  ])('$when', async ({ life, kept, renewed }) => {
    const token = tokensOf(life)
    await token()
    clock = kept
    expect((await token()).number).toBe(1)
    if (!Number.isFinite(renewed)) return
    clock = renewed
    expect((await token()).number).toBe(2)
  })
})

test('concurrent callers share one fetch', async () => {
  const token = tokensOf(MINUTE)
  await Promise.all(Array.from({ length: 30 }, token))
  expect(fetches).toBe(1)
})

describe('if the next token cannot be fetched,', () => {
  const failing = (life: number) =>
    renewed(
      async () => {
        fetches += 1
        if (fetches > 1) throw new Error('down')
        return { expiresAt: life }
      },
      () => clock,
    )

  test('the old one serves until half a minute before its end, and each call tries again', async () => {
    const token = failing(10 * MINUTE)
    await token()
    clock = 9.4 * MINUTE
    expect((await token()).expiresAt).toBe(10 * MINUTE)
    await token()
    expect(fetches).toBe(3)
    clock = 9.5 * MINUTE
    await expect(token()).rejects.toThrow('down')
  })

  test('an old one with a life of seconds serves only until half its life', async () => {
    const token = failing(4_000)
    await token()
    clock = 1_999
    expect((await token()).expiresAt).toBe(4_000)
    clock = 2_000
    await expect(token()).rejects.toThrow('down')
  })
})

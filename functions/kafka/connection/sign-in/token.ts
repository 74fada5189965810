/** Stands in for a password: an OAuth access token, or an AWS signature. */
export interface Token {
  value: string
  /** ms since the epoch. */
  expiresAt: number
}

/** Source of tokens, with the remedy if a broker refuses one. */
export interface TokenSource {
  /** The mechanism as the settings name it. */
  mechanism: 'AWS_MSK_IAM' | 'OAUTHBEARER'
  /**
   * A token that is valid now.
   * @throws Failure, one sentence with its remedy
   */
  token(): Promise<Token>
  /** SASL extensions to send along. */
  extensions: Readonly<Record<string, string>>
  /** @param host of the broker that refuses the token */
  explain(token: Token, host: string): { subject: string; remedy: string }
}

/** ms */
const LONGEST_MARGIN = 60_000
/** ms. A session ends with its token, and a broker refuses to renew a session within a second of the last renewal. */
const SHORTEST_SESSION = 2_000

/**
 * Caches the result of `fetch`. The next fetch begins a minute before the result expires, or at half of its lifetime if
 * that is later. Concurrent callers share one fetch. If that fetch fails, the old result serves until half of its
 * remaining time is over, but not in its last 2 s, when a session could not be renewed.
 * @param now ms since the epoch
 */
export function renewed<T extends { expiresAt: number }>(
  fetch: () => Promise<T>,
  now: () => number = Date.now,
): () => Promise<T> {
  let kept: { value: T; renewAt: number; unusableAt: number } | undefined
  let fetching: Promise<T> | undefined

  async function next(): Promise<T> {
    const startedAt = now()
    const value = await fetch()
    const { expiresAt } = value
    const margin = Math.min(LONGEST_MARGIN, (expiresAt - startedAt) / 2)
    kept = {
      value,
      renewAt: expiresAt - margin,
      unusableAt: expiresAt - Math.max(margin / 2, SHORTEST_SESSION),
    }
    return value
  }

  return async () => {
    if (kept && now() < kept.renewAt) return kept.value
    fetching ??= next().finally(() => {
      fetching = undefined
    })
    try {
      return await fetching
    } catch (error) {
      if (kept && now() < kept.unusableAt) return kept.value
      throw error
    }
  }
}

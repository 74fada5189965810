/** What a client shows in place of a password: an OAuth access token, or a signature of AWS. */
export interface Token {
  value: string
  /** ms since the epoch. */
  expiresAt: number
}

/** Where tokens come from, and what to check when a broker refuses one. */
export interface TokenSource {
  /** As the settings have it, such as AWS_MSK_IAM. */
  mechanism: 'AWS_MSK_IAM' | 'OAUTHBEARER'
  /** One that is valid now. @throws Failure, one sentence with its remedy */
  token(): Promise<Token>
  /** SASL extensions to send along. */
  extensions: Readonly<Record<string, string>>
  /** @param host of the broker that refuses the token */
  explain(token: Token, host: string): { subject: string; remedy: string }
}

/** ms */
const LONGEST_MARGIN = 60_000
/** ms. A session ends with its token, and a broker refuses to renew a session within a second of the last time. */
const SHORTEST_SESSION = 2_000

/**
 * Keeps what `fetch` resolves to, and fetches the next one a minute before it ends, or at half its life where that is
 * later. Callers at the same time share one fetch. Where it fails, the old one serves for the first half of that time, as
 * long as a session that begins with it can be renewed.
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

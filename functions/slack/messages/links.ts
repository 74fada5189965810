/** What a message may link to. */
export interface Links {
  /** Where this repository is to be read; without it pages are named. */
  docs?: string | undefined
  /** Where the page of `serve` or `run --page` is; without it messages do not link there. */
  page?: string | undefined
  /** The permalink of another message about the same group. */
  related?: string | undefined
}

export type Section =
  | 'simple-group-on-a-quiet-topic'
  | 'classic-group-that-now-uses-assign'
  | 'stopped-group'
  | 'unread-records'
  | 'a-group-that-stands-still'
  | 'a-group-that-is-too-slow'
  | 'records-that-were-deleted-unread'
  | 'a-partition-without-any-commit'
  | 'offset-beyond-the-end-of-the-log'
  | 'groups-of-unknown-age'
  | 'kip-848-or-streams-group'
  | 'offsets-that-are-gone'
  | 'a-group-that-was-reset'
  | 'groups-that-need-no-offsets'
  | 'the-life-of-an-incident'
  | 'when-the-watchdog-itself-is-in-trouble'

/** A section of docs/alerts.md, as a link with these words where it is known where the docs are. */
export function more(section: Section, words: string, { docs }: Links): string {
  const page = `docs/alerts.md#${section}`
  return docs === undefined ? `${words}: \`${page}\`` : link(`${docs.replace(/\/$/, '')}/${page}`, words)
}

/** What Slack reads as markup inside of a link has no place in a URL as it is. */
export const link = (url: string, words: string): string =>
  `<${url.replace(/[<>|]/g, encodeURIComponent).replaceAll('&', '&amp;')}|${words}>`

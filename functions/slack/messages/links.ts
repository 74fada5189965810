export interface Links {
  /** Address of this repository's pages. Without it, messages name the pages instead. */
  docs?: string | undefined
  /** Address of the page of `serve` or `run --page`. Without it, messages have no links to the page. */
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

/** A section of docs/alerts.md: a link with these words if the docs' address is known. */
export function more(section: Section, words: string, { docs }: Links): string {
  const page = `docs/alerts.md#${section}`
  return docs === undefined ? `${words}: \`${page}\`` : link(`${docs.replace(/\/$/, '')}/${page}`, words)
}

/** Slack would read these characters as markup inside a link, so they are encoded. */
export const link = (url: string, words: string): string =>
  `<${url.replace(/[<>|]/g, encodeURIComponent).replaceAll('&', '&amp;')}|${words}>`

import { html } from 'hono/html'
import type { Overview } from '../../jobs/overview.ts'
import { groupPath } from '../../text/page-path.ts'
import { visible } from '../../text/visible.ts'
import { name } from '../views/format.ts'

export type Html = ReturnType<typeof html>

/**
 * A whole page.
 * @param title plain text
 */
export const page = (title: string, content: Html | Html[]): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${visible(title)} – offset-watchdog</title>
    <link rel="stylesheet" href="/style.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <nav aria-label="Pages"><a href="/">offset-watchdog</a> <a href="/groups">All groups</a></nav>
    <main id="content">${content}</main>
  </body>
</html>`

/** A table with its own scroll bar, which the keyboard reaches too. */
export const table = (label: string, headings: readonly string[], rows: readonly Html[][]): Html => html`
  <div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
    <thead><tr>${headings.map(heading => html`<th scope="col">${heading}</th>`)}</tr></thead>
    <tbody>${rows.map(
      ([first, ...cells]) =>
        html`<tr><th scope="row">${first}</th>${cells.map(cell => html`<td>${cell}</td>`)}</tr>
`,
    )}</tbody>
  </table></div>`

const LONGEST_SHOWN = 120

/** A link to the group; a long name is cut. */
export function groupLink(cluster: string, group: string): Html {
  const characters = Array.from(name(group))
  const shown =
    characters.length > LONGEST_SHOWN
      ? `${characters.slice(0, LONGEST_SHOWN).join('')}…`
      : characters.join('')
  return html`<a href="${groupPath(cluster, group)}">${shown}</a>`
}

/** The search: part of a group id, and an owner. An empty search matches every group. */
export interface Filter {
  q: string
  owner: string
}

export const isWanted = ({ q, owner }: Filter) => {
  const part = q.toLowerCase()
  return (group: Overview['groups'][number]): boolean =>
    (part === '' || group.group.toLowerCase().includes(part)) &&
    (owner === '' || (group.owner ?? NO_OWNER) === owner)
}

/** Filter value for groups without an owner by any route. */
const NO_OWNER = '(none)'

export function filterForm(action: string, { q, owner }: Filter, overviews: readonly Overview[]): Html {
  const owners = new Set(overviews.flatMap(({ groups }) => groups.map(group => group.owner ?? NO_OWNER)))
  const options = [...owners].sort().slice(0, 500)
  return html`<form action="${action}" method="get" role="search">
    <label>Group <input type="search" name="q" value="${q}" placeholder="part of its id"></label>
    <label>Owner <select name="owner">
      <option value="">any</option>
      ${options.map(
        option =>
          html`<option value="${option}" ${option === owner ? 'selected' : ''}>${name(option)}</option>`,
      )}
    </select></label>
    <button>Show</button>
  </form>`
}

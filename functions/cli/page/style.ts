/** One style sheet, with a light and a dark theme. Contrasts meet WCAG AA. */
export const style = `:root {
  color-scheme: light dark;
  --text: #1b1f24; --back: #fff; --soft: #57606a; --line: #d0d7de; --raised: #f3f5f7;
  --link: #0550ae; --bad: #b3131d; --good: #116329; --offset: #0969da; --end: #6e7781;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --back: #0d1117; --soft: #9da7b3; --line: #3d444d; --raised: #161b22;
    --link: #79b8ff; --bad: #ff8f88; --good: #56d364; --offset: #58a6ff; --end: #9da7b3;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 0 1rem 3rem; max-width: 76rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
a { color: var(--link) }
nav { display: flex; gap: 1.25rem; padding: .75rem 0 }
.skip { position: absolute; left: -999rem }
.skip:focus { left: 1rem; background: var(--back) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
h1 { margin: .25rem 0; font-size: 1.5rem; overflow-wrap: anywhere }
h2 { margin: 1.25rem 0 .5rem; font-size: 1.2rem }
h3 { margin: 1rem 0 .25rem; font-size: 1rem }
p { margin: .4rem 0 }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .5rem 0 }
input, select, button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--soft); border-radius: 4px; padding: .2rem .5rem; max-width: 20rem }
.scroll { overflow: auto; max-height: 60vh; border: 1px solid var(--line); border-radius: 6px }
table { border-collapse: collapse; width: 100% }
th, td { padding: .25rem .75rem; text-align: left; font-weight: inherit; vertical-align: top; max-width: 40rem; overflow-wrap: break-word; border-bottom: 1px solid var(--line) }
thead th { position: sticky; top: 0; background: var(--raised); font-weight: 600; white-space: nowrap }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: .75rem 0 }
dt { color: var(--soft) } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere }
.facts + h2 + .scroll { max-height: 17rem }
.bad { color: var(--bad) } .good { color: var(--good) }
pre { padding: .75rem; overflow: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere }
.command code { user-select: all }
figure { margin: .75rem 0 } figcaption { color: var(--soft); overflow-wrap: anywhere }
svg { width: 100%; max-width: 46rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px }
path, line { fill: none; stroke-width: 1.5 }
path.offset { stroke: var(--offset) } path.end { stroke: var(--end); stroke-dasharray: 4 3 } line.loss { stroke: var(--bad) }
.legend span::before { content: ""; display: inline-block; width: 1.5em; margin-right: .4em; vertical-align: middle; border-top: 2px solid var(--offset) }
.legend .end::before { border-top: 2px dashed var(--end) } .legend .loss::before { border-top-color: var(--bad) }
.legend span { margin-right: 1rem }
`

/** Adds a copy button before each command. Without scripts the command can still be selected. */
export const copyScript = `for (const command of document.querySelectorAll('.command')) {
  const button = document.createElement('button')
  button.textContent = 'Copy'
  button.onclick = async () => {
    await navigator.clipboard.writeText(command.textContent)
    button.textContent = 'Copied'
  }
  command.before(button)
}
`

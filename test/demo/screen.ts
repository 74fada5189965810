import type { StoredMessage } from '../slack/server.ts'
import { renderAsText } from '../slack/terminal.ts'

/** ms; a log without any line for longer looks as if nothing happened any more. */
const longestSilence = 15_000

/** A terminal, or the log of a machine: there nothing is painted, and progress is a line now and then. */
export class Screen {
  readonly #isTerminal = process.stdout.isTTY === true
  readonly #style = {
    ansi: this.#isTerminal,
    width: Math.min(process.stdout.columns || 100, 110) - 3,
    seconds: true,
  }
  /** Of each incident, what its messages have said so far. */
  readonly #said = new Map<unknown, Set<string>>()
  #chapters = 0
  #lastPrintAt = Date.now()
  #isBelowBlank = false

  print(text: string): void {
    this.#lastPrintAt = Date.now()
    this.#isBelowBlank = false
    process.stdout.write(`${this.#isTerminal ? clearLine : ''}${text}\n`)
  }

  chapter(title: string): void {
    const line = `${++this.#chapters}. ${title}`
    this.#blank()
    this.print(this.#isTerminal ? `\x1b[1m${line}\x1b[0m` : line)
  }

  say(text: string): void {
    this.indented(renderAsText({ text, attachments: [] }, this.#style))
  }

  /** A line that the next one replaces. */
  progress(text: string): void {
    if (this.#isTerminal) process.stdout.write(`${clearLine}   ${text.slice(0, this.#style.width)}`)
    else if (Date.now() - this.#lastPrintAt >= longestSilence) this.indented(text)
  }

  indented(text: string): void {
    this.print(text.trimEnd().replace(/^(?=.)/gm, '   '))
  }

  /** One of many; no two blank ones meet. */
  line(text: string): void {
    if (text === '') this.#blank()
    else this.indented(text)
  }

  /** As Slack shows it, but what an earlier message of the same incident has said, and the footer, only once. */
  message({ text, attachments, metadata, edits, thread }: StoredMessage): void {
    const { incident = thread ?? 'summary' } = metadata.event_payload
    const said = this.#said.get(incident)
    const isNew = (block: object) => !said?.has(JSON.stringify(block))
    const news = attachments.map(({ blocks, ...attachment }) => ({
      ...attachment,
      blocks: said ? blocks.filter(block => block.type === 'section' && isNew(block)) : blocks,
    }))
    const all = attachments.flatMap(({ blocks }) => blocks.map(block => JSON.stringify(block)))
    this.#said.set(incident, new Set([...(said ?? []), ...all]))

    const what = edits.length > 0 ? 'edited in Slack' : thread ? 'posted in its thread' : 'posted in Slack'
    this.#blank()
    this.indented(`── ${what}${said ? '; what it repeats is left out' : ''}`)
    this.indented(renderAsText({ text, attachments: news }, this.#style))
    this.#blank()
  }

  #blank(): void {
    if (!this.#isBelowBlank) this.print('')
    this.#isBelowBlank = true
  }
}

const clearLine = '\r\x1b[K'

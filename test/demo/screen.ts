import type { StoredMessage } from '../slack/server.ts'
import { renderAsText } from '../slack/terminal.ts'

/** ms. After a longer silence a log looks stuck. */
const longestSilence = 15_000

/** A terminal, or a log file: a log gets no colours, and a progress line only now and then. */
export class Screen {
  readonly #isTerminal = process.stdout.isTTY === true
  readonly #style = {
    ansi: this.#isTerminal,
    width: Math.min(process.stdout.columns || 100, 110) - 3,
    seconds: true,
  }
  /** The blocks that the messages of each incident have shown so far. */
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

  /** Prints one line of many, and merges neighbouring blank lines. */
  line(text: string): void {
    if (text === '') this.#blank()
    else this.indented(text)
  }

  /**
   * Renders a message as Slack shows it. Blocks that an earlier message of the incident has shown, and the footer, are
   * left out.
   */
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
    this.indented(`── ${what}${said ? ' (repeated parts are left out)' : ''}`)
    this.indented(renderAsText({ text, attachments: news }, this.#style))
    this.#blank()
  }

  #blank(): void {
    if (!this.#isBelowBlank) this.print('')
    this.#isBelowBlank = true
  }
}

const clearLine = '\r\x1b[K'

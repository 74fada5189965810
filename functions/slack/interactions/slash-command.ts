import { Failure } from '../../core/model/failure.ts'
import { instantOf } from '../../text/instant.ts'

/** What `/offsets <group> [topic] [at <time>]` asks for. */
export interface OffsetsQuestion {
  group: string
  topic: string | undefined
  /** ms since the epoch; undefined: now. */
  at: number | undefined
}

const usage =
  'Write `/offsets group`, `/offsets group topic`, or either with a time: `/offsets group at 2026-11-22T14:00Z`. A name with spaces goes between double quotes.'

/** @throws Failure that says how it is written */
export function questionOf(text: string): OffsetsQuestion {
  // A phone makes curly quotes of straight ones.
  const words = text.match(/["“”][^"“”]*["“”]|\S+/g)?.map(word => word.replaceAll(/^["“”]|["“”]$/g, '')) ?? []
  const at = words.length > 2 && words.at(-2) === 'at' ? words.splice(-2).at(-1) : undefined
  const [group, topic, ...more] = words
  if (group === undefined || group === 'help' || more.length > 0) throw new Failure(usage, { exitCode: 2 })
  return { group, topic, at: at === undefined ? undefined : timeOf(at) }
}

function timeOf(text: string): number {
  try {
    return instantOf(text)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(`"${text}" is no time that I can use. ${error.message}`, { exitCode: 2, cause: error })
  }
}

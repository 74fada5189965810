import { CsvError, parse } from 'csv-parse/sync'
import { Failure } from '../core/model/failure.ts'
import { keyOf, type TopicPartition } from '../core/model/topic-partition.ts'
import { count } from '../text/count.ts'

export type FileOffset = TopicPartition & { offset: bigint }

interface CsvLine {
  record: string[]
  number: number
}

/**
 * Parses a CSV of offsets from `lookup --csv`, or from an export of `kafka-consumer-groups`:
 * `topic,partition,offset` or `group,topic,partition,offset`, no header. The plan checks whether the offsets are
 * plausible.
 * @param path names the file in errors
 * @throws Failure (exit code 2) that names the line
 */
export function parseOffsets(text: string, path: string, group: string): FileOffset[] {
  const lines = linesOf(text, path)
  const columns = lines[0]?.record.length ?? 0
  const offsets = new Map<string, FileOffset>()
  let ofOthers = 0

  for (const { record, number } of lines) {
    const refuse = (what: string) => refusal(`${path}, line ${number}, ${what}`)
    if (record.length !== columns || (columns !== 3 && columns !== 4)) {
      throw refuse(
        `has ${count(record.length, 'column')}: write topic,partition,offset or group,topic,partition,offset in all lines.`,
      )
    }
    const [topic = '', partition = '', offset = ''] = record.slice(-3)
    const groupOfRecord = columns === 4 ? record[0] : group

    // Kafka: Topic.validate.
    if (!/^(?!\.{1,2}$)[\w.-]{1,249}$/.test(topic))
      throw refuse(`has ${quotedText(topic)} as the topic: write a valid topic name.`)
    if (!/^\d+$/.test(partition) || Number(partition) > 2 ** 31 - 1)
      throw refuse(`has ${quotedText(partition)} as the partition: write its number, and no header line.`)
    if (!/^-?\d+$/.test(offset))
      throw refuse(`has ${quotedText(offset)} as the offset: write a whole number.`)

    const found = { topic, partition: Number(partition), offset: BigInt(offset) }
    if (groupOfRecord !== group) ofOthers++
    else if (offsets.has(keyOf(found)))
      throw refuse(`names partition ${partition} of ${topic} a second time.`)
    else offsets.set(keyOf(found), found)
  }

  if (offsets.size > 0) return [...offsets.values()]
  throw refusal(
    ofOthers > 0
      ? `${path} has only offsets of other groups, and none of ${quotedText(group)}.`
      : `${path} has no offsets: write a line topic,partition,offset for each partition.`,
  )
}

function linesOf(text: string, path: string): CsvLine[] {
  const lines: CsvLine[] = []
  const onRecord = (record: string[], context: { lines: number }) => {
    lines.push({ record, number: context.lines })
    return null
  }
  try {
    parse(text, { bom: true, trim: true, relax_column_count: true, skip_empty_lines: true, onRecord })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw refusal(`${path} is not CSV: ${error.message}.`)
  }
  return lines
}

const refusal = (sentence: string) => new Failure(sentence, { exitCode: 2 })

export const quotedText = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

/**
 * `topic,partition,offset` for `kafka-consumer-groups --reset-offsets --from-file`: no header, one group. Fields as in
 * RFC 4180.
 */
export const offsetsCsv = (rows: readonly { topic: string; partition: number; offset: bigint }[]): string =>
  rows.map(({ topic, partition, offset }) => `${field(topic)},${partition},${offset}\n`).join('')

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

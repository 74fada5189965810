import { estimateCsv, estimateJson } from '../../contracts/estimate.ts'
import { estimateFrom } from '../../wiring/estimate.ts'
import type { LookupFlags } from '../flags/lookup.ts'
import { print, printError, printJson } from '../terminal/output.ts'
import { estimateSentences, estimateView } from '../views/estimate.ts'

/** `lookup --prometheus`. It needs neither a store nor settings. */
export async function estimate(
  url: URL,
  group: string,
  { topic, cluster, at = Date.now(), csv, json }: LookupFlags,
): Promise<void> {
  const found = await estimateFrom(url, { group, topic, cluster, at })
  const now = Date.now()
  if (csv) {
    for (const sentence of estimateSentences(found, now)) printError(sentence)
    process.stdout.write(estimateCsv(found))
  } else if (json) printJson(estimateJson(found))
  else print(estimateView(found, now))
}

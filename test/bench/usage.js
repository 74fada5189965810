// A measured process imports this first. It reports the usage when the process ends.
import { writeSync } from 'node:fs'

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS / 1024 }
  writeSync(2, `\nusage ${JSON.stringify(usage)}\n`)
})

import type { Command } from 'commander'
import { doctorJson } from '../../contracts/doctor.ts'
import { configured } from '../../wiring/clusters.ts'
import { examine } from '../../wiring/doctor.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { clusterOption, jsonOption } from '../flags/options.ts'
import { endWith, print, printJson } from '../terminal/output.ts'
import { diagnosisView } from '../views/doctor.ts'
import { date } from '../views/format.ts'

export const addDoctor = (program: Command) =>
  program
    .command('doctor')
    .description('check brokers, rights in Kafka, store, Slack and webhooks, and explain each finding')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
doctor changes nothing and posts nothing.
Exit codes: 0 no check fails, 1 a check fails, 2 usage or settings.

Examples:
  $ KAFKA_BROKERS=localhost:9092 offset-watchdog doctor`,
    )
    .action(async ({ cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const diagnosis = await examine(
        settings,
        configured(settings, cluster),
        time => `${date(time, Date.now())} UTC`,
      )

      if (json) printJson(doctorJson(diagnosis))
      else print(diagnosisView(diagnosis))
      if (diagnosis.fails) endWith(1)
    })

import type { Command } from 'commander'
import type { Diagnosis } from '../../jobs/doctor.ts'
import type { Finding } from '../../jobs/finding.ts'
import { visible } from '../../text/visible.ts'
import { examine } from '../../wiring/doctor.ts'
import { chosen, settingsOfEnvironment } from '../../wiring/settings.ts'
import { endWith, print, printJson } from '../terminal/output.ts'
import { date } from '../views/format.ts'
import { clusterOption, jsonOption } from './options.ts'

export const addDoctor = (program: Command) =>
  program
    .command('doctor')
    .description(
      'say what can be reached, which rights are missing and what that means, and whether store and Slack work',
    )
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Nothing is changed and nothing is posted.
Exit codes: 0 nothing fails, 1 something fails, 2 usage or settings.

Examples:
  $ KAFKA_BROKERS=localhost:9092 offset-watchdog doctor`,
    )
    .action(async ({ cluster, json }: { cluster?: string; json?: boolean }) => {
      const settings = settingsOfEnvironment()
      const diagnosis = await examine(
        settings,
        chosen(settings, cluster),
        time => `${date(time, Date.now())} UTC`,
      )

      if (json) printJson({ schemaVersion: 1, ...diagnosis })
      else print(diagnosisView(diagnosis))
      const findings = [...diagnosis.common, ...diagnosis.clusters.flatMap(({ findings }) => findings)]
      if (findings.some(({ outcome }) => outcome === 'fail')) endWith(1)
    })

const diagnosisView = ({ common, clusters }: Diagnosis): string =>
  [
    ...clusters.map(({ cluster, findings }) =>
      [`cluster ${cluster}`, ...findings.map(findingView)].join('\n'),
    ),
    ['for all clusters', ...common.map(findingView)].join('\n'),
  ].join('\n\n')

const findingView = ({ outcome, subject, says, remedy }: Finding): string =>
  `${outcome.padEnd(4)}  ${visible(subject)}: ${visible(says)}${remedy ? `\n      ${remedy}` : ''}`

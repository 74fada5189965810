import type { Diagnosis } from '../../jobs/doctor.ts'
import type { Finding } from '../../jobs/finding.ts'
import { visible } from '../../text/visible.ts'

export const diagnosisView = ({ common, clusters }: Diagnosis): string =>
  [
    ...clusters.map(({ cluster, findings }) =>
      [`cluster ${cluster}`, ...findings.map(findingView)].join('\n'),
    ),
    ['for all clusters', ...common.map(findingView)].join('\n'),
  ].join('\n\n')

const findingView = ({ outcome, subject, says, remedy }: Finding): string =>
  `${outcome.padEnd(4)}  ${visible(subject)}: ${visible(says)}${remedy ? `\n      ${remedy}` : ''}`

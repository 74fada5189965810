import type { Diagnosis } from '../jobs/doctor.ts'

/** What `doctor --json` prints. */
export const doctorJson = ({ common, clusters }: Diagnosis) => ({ schemaVersion: 1, common, clusters })

import type { Diagnosis } from '../jobs/doctor.ts'

/** Output of `doctor --json`. */
export const doctorJson = ({ common, clusters }: Diagnosis) => ({ schemaVersion: 1, common, clusters })

/**
 * How many random cases a property is tried with: `full` in `npm test`, fewer in `npm run test:unit`, whose
 * configuration sets RANDOM_CASES to a share of them.
 */
export const randomCases = (full: number): number => Math.ceil(full * Number(process.env.RANDOM_CASES ?? 1))

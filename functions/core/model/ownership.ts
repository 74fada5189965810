import type { Commit, LastMember } from './commit.ts'

/** The owner of a group, as a route names it. Without an owner, the last member is a hint. */
export interface Ownership {
  owner: string | null
  lastMember: LastMember | null
}

export const ownershipOf = (
  rows: readonly { owner: string | null; commit: Pick<Commit, 'lastMember'> }[],
): Ownership => ({
  owner: rows[0]?.owner ?? null,
  lastMember: rows.find(({ commit }) => commit.lastMember !== null)?.commit.lastMember ?? null,
})

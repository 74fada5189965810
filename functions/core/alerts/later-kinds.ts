import * as v from 'valibot'

/** Entries of kinds that a later version added, by list. This version only keeps such entries. */
export const laterKinds = v.optional(v.record(v.string(), v.array(v.unknown())), {})

const ofAnyKind = v.array(v.looseObject({ kind: v.string() }))

/** Schema of a state that sets entries of later kinds aside, and takes back entries whose kinds this version knows. */
export const sortedKinds = (kinds: Record<'incidents' | 'summaries' | 'troubles', readonly string[]>) =>
  v.pipe(
    v.looseObject({ incidents: ofAnyKind, summaries: ofAnyKind, troubles: ofAnyKind, laterKinds }),
    v.transform(state => {
      const [known, later] = [{ ...state }, { ...state.laterKinds }]
      for (const list of ['incidents', 'summaries', 'troubles'] as const) {
        const entries = [...state[list], ...v.parse(ofAnyKind, later[list] ?? [])]
        known[list] = entries.filter(({ kind }) => kinds[list].includes(kind))
        later[list] = entries.filter(({ kind }) => !kinds[list].includes(kind))
        if (later[list].length === 0) delete later[list]
      }
      return { ...known, laterKinds: later }
    }),
  )

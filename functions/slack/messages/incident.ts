import type { IncidentNotice } from '../../core/alerts/notice.ts'
import { footer } from './footer.ts'
import { headlineOf } from './headline.ts'
import type { Colour, Draft } from './layout.ts'
import { ownerLine } from './owner.ts'

/** @param colour while the incident is open */
export const incidentDraft = (notice: IncidentNotice, colour: Colour, sections: string[]): Draft => ({
  colour: notice.resolved ? 'grey' : colour,
  headline: headlineOf(notice),
  sections: [ownerLine(notice), ...sections],
  footer: footer(notice),
  key: {
    cluster: notice.cluster,
    incident: notice.incident.id,
    slot: 'slot' in notice ? notice.slot : 'parent',
  },
})

import type { Settings } from '../core/model/settings.ts'
import { type AnswerOffsets, answerOffsets } from '../jobs/answer-offsets.ts'
import { type History, type LookBack, lookBack } from '../jobs/look-back.ts'
import { type LookUp, type LookUpResult, lookUp } from '../jobs/look-up.ts'
import { snapshotsOf } from './store.ts'

export const lookUpIn = (settings: Settings, asked: Omit<LookUp, 'snapshots'>): Promise<LookUpResult> =>
  lookUp({ ...asked, snapshots: snapshotsOf(settings) })

export const lookBackIn = (settings: Settings, asked: Omit<LookBack, 'snapshots'>): Promise<History> =>
  lookBack({ ...asked, snapshots: snapshotsOf(settings) })

export const answerOffsetsIn = (settings: Settings, asked: Omit<AnswerOffsets, 'snapshots'>): Promise<void> =>
  answerOffsets({ ...asked, snapshots: snapshotsOf(settings) })

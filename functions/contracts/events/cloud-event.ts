import type { WatchdogEvent } from './event.ts'

/**
 * An event in the format of CloudEvents 1.0 (structured mode): `data` is the detail of the same event on EventBridge.
 */
export const cloudEvent = ({ type, detail }: WatchdogEvent) => ({
  specversion: '1.0',
  id: detail.id,
  source: `/offset-watchdog/${detail.cluster}`,
  type: `offset-watchdog.${type.toLowerCase().replaceAll(' ', '-')}`,
  ...('key' in detail && { subject: detail.key }),
  time: detail.takenAt,
  datacontenttype: 'application/json',
  data: detail,
})

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const file = new URL('../../docs/events.schema.json', import.meta.url)
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false })
formats.default(ajv)
const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')))

/** The violations of docs/events.schema.json by an event as a subscriber receives it. */
export function violations(event: unknown): string[] {
  return validate(event)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

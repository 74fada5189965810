// Evaluates the template's lifecycle rules and bucket policy as S3 does, since no emulator here does so.

interface LifecycleRule {
  Status: 'Enabled' | 'Disabled'
  Prefix?: string
  TagFilters?: { Key: string; Value: string }[]
  ExpirationInDays?: number
}

type Tags = Record<string, string>

/** Days after which a rule removes an object; undefined if no rule does. S3 takes the shortest. */
export function expiryOf(rules: LifecycleRule[], key: string, tags: Tags): number | undefined {
  const days = rules
    .filter(({ Status, Prefix = '' }) => Status === 'Enabled' && key.startsWith(Prefix))
    .filter(({ TagFilters = [] }) => TagFilters.every(({ Key, Value }) => tags[Key] === Value))
    .flatMap(({ ExpirationInDays = [] }) => ExpirationInDays)
  return days.length > 0 ? Math.min(...days) : undefined
}

type Operator = 'Null' | 'Bool' | 'StringNotEquals'

export interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
  Condition?: Partial<Record<Operator, Record<string, string | boolean>>>
}

export interface Request {
  action: string
  /** The object's key. */
  key: string
  /** Condition keys of the request, such as `s3:ExistingObjectTag/keep`; those that it lacks are absent. */
  context: Record<string, string>
}

/** Whether a statement denies a request, whatever other policies allow. */
export const isDenied = (statements: Statement[], request: Request): boolean =>
  statements.some(
    ({ Effect, Action, Resource, Condition = {} }) =>
      Effect === 'Deny' &&
      [Action].flat().some(action => matches(action, request.action)) &&
      [Resource].flat().some(arn => matches(arnOf(arn), `bucket/${request.key}`)) &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, value]) => holds(operator, request.context[key], String(value))),
      ),
  )

/** Evaluates a condition as IAM does. A negated one holds if the request lacks the key. */
function holds(operator: string, actual: string | undefined, value: string): boolean {
  switch (operator) {
    case 'Null':
      return (actual === undefined) === (value === 'true')
    case 'Bool':
      return actual === value
    case 'StringNotEquals':
      return actual !== value
    default:
      throw new Error(`the evaluator does not know the operator ${operator}`)
  }
}

const matches = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text)

/** The bucket's ARN is `bucket` here. */
function arnOf(resource: unknown): string {
  const text = JSON.stringify(resource)
  const sub = /"Fn::Sub":"\$\{SnapshotBucket\.Arn\}(.*?)"/.exec(text)
  if (sub) return `bucket${sub[1]}`
  if (text.includes('"Fn::GetAtt":["SnapshotBucket","Arn"]')) return 'bucket'
  throw new Error(`the evaluator does not know the resource ${text}`)
}

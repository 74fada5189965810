import kafkaJs, { type AclFilter, type Admin } from 'kafkajs'
import { kafkajs } from './clients/kafkajs.ts'
import { until } from './until.ts'

export interface Right {
  on: 'CLUSTER' | 'TOPIC' | 'GROUP'
  operation: 'DESCRIBE' | 'DESCRIBE_CONFIGS' | 'READ' | 'WRITE' | 'ALL'
  /** Undefined: all resources of this type. */
  name?: string
}

/** The rights to see every group, its offsets and the retention. */
export const rightsToWatch: readonly Right[] = [
  { on: 'CLUSTER', operation: 'DESCRIBE' },
  { on: 'CLUSTER', operation: 'DESCRIBE_CONFIGS' },
  { on: 'TOPIC', operation: 'DESCRIBE' },
  { on: 'GROUP', operation: 'DESCRIBE' },
]

/** Resolves when the broker applies the rights; a cluster of several brokers may need a moment more. */
export async function grant(bootstrap: readonly string[], principal: string, rights: readonly Right[]) {
  await asSuperUser(bootstrap, async admin => {
    const acl = rights.map(right => entry(principal, right))
    await admin.createAcls({ acl })
    for (const each of acl) await until(async () => await isThere(admin, each))
  })
}

/** Resolves when the broker no longer applies the rights; a cluster of several brokers may need a moment more. */
export async function withdraw(bootstrap: readonly string[], principal: string, rights: readonly Right[]) {
  await asSuperUser(bootstrap, async admin => {
    const filters = rights.map(right => entry(principal, right))
    await admin.deleteAcls({ filters })
    for (const each of filters) await until(async () => !(await isThere(admin, each)))
  })
}

/** The broker answers from the rules that it applies itself. */
const isThere = async (admin: Admin, filter: AclFilter): Promise<boolean> =>
  (await admin.describeAcls(filter)).resources.length > 0

async function asSuperUser(bootstrap: readonly string[], work: (admin: Admin) => Promise<unknown>) {
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

// Node finds only some of kafkajs' exports by name.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkaJs

function entry(principal: string, { on, operation, name }: Right) {
  return {
    principal,
    resourceType: AclResourceTypes[on],
    resourceName: on === 'CLUSTER' ? 'kafka-cluster' : (name ?? '*'),
    resourcePatternType: ResourcePatternTypes.LITERAL,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }
}

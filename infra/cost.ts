// The monthly costs on AWS for docs/deploy.md: node infra/cost.ts. US dollars, list prices of us-east-1 without the
// free tier, in 2026. eu-west-1 differs only in logs and NAT gateways, by some percent. Sources:
// https://aws.amazon.com/{lambda,s3,eventbridge,cloudwatch,kms,vpc}/pricing/. AWS changes prices;
// https://calculator.aws has the current ones.

const price = {
  lambdaGBSecond: 0.0000133334, // arm64
  lambdaRequest: 0.2 / 1e6,
  s3Write: 0.005 / 1e3, // PUT and LIST
  s3Read: 0.0004 / 1e3,
  s3GBMonth: 0.023,
  event: 1 / 1e6,
  schedule: 1 / 1e6,
  decryption: 0.03 / 1e4, // of a SecureString, by KMS
  metric: 0.3,
  alarm: 0.1,
  logGB: 0.5,
  natHour: 0.045 + 0.005, // with its public address
  natGB: 0.045,
}

const runs = 30 * 24 * 4
/** Counted in infra/clusters.ts and functions/*.ts, for one cluster. */
const metrics = 7
const alarms = { ofCluster: 3, ofStack: 6 }

/**
 * S3 requests from one snapshot to the next, as writes and reads. The numbers are counted, not estimated: a snapshot
 * makes 7 writes and 6 reads; 3 of these writes and 4 of these reads are for the tag of the previous snapshot. Watch
 * makes 2 writes and 5 reads, and runs twice (by the event and by its schedule). The heartbeat makes 1 write and 2
 * reads.
 */
const writes = 7 + 2 * 2 + 1
const reads = 6 + 2 * 5 + 2

/** Number of decrypted secrets: two for Kafka, and Slack's token twice. */
const secrets = 4

/**
 * Number of snapshots in the bucket: all for 14 days, hourly ones up to 90 days, daily ones up to 396. Each stays one
 * more month as a noncurrent version.
 */
const kept = 14 * 96 + (90 - 14) * 24 + (396 - 90) + 30 * 96

/**
 * A commit takes 33 bytes of Parquet, and a group has 20 commits. The seconds of a snapshot are assumed. Both numbers
 * are rather high.
 */
const sizes = [
  { groups: 100, seconds: 2 },
  { groups: 1_000, seconds: 5 },
  { groups: 10_000, seconds: 30 },
]

function costOf({ groups, seconds }: (typeof sizes)[number], clusters = 1) {
  const bytes = groups * 20 * 33 + 20_000
  // Snapshot with 1 GB; watch with 1 GB, twice; heartbeat with 0.5 GB.
  const GBSeconds = seconds + 2 * (1 + seconds / 5) + 0.5 * (1 + seconds / 5)
  const lambda =
    clusters *
    runs *
    (GBSeconds * price.lambdaGBSecond + 4 * price.lambdaRequest + secrets * price.decryption)
  const s3OfCluster =
    runs * (writes * price.s3Write + reads * price.s3Read) + ((kept * bytes) / 1e9) * price.s3GBMonth
  const s3 = clusters * s3OfCluster
  const events = clusters * runs * (3 * price.schedule + price.event)
  const cloudWatch =
    clusters * (metrics * price.metric + ((runs * 4 * 1_500) / 1e9) * price.logGB) +
    (clusters * alarms.ofCluster + alarms.ofStack) * price.alarm
  const total = lambda + s3 + events + cloudWatch
  // Only the snapshot function is in the VPC, where it reads the last snapshot and writes the new one.
  const nat = 30 * 24 * price.natHour + ((clusters * runs * 2 * bytes) / 1e9) * price.natGB
  return { lambda, s3, events, cloudWatch, total, withNat: total + nat }
}

const dollars = (amount: number) => amount.toFixed(2)

/**
 * Bytes of one commit in `__consumer_offsets`, measured by test/bench/commit-size.ts: one batch a commit, and names of
 * 21 and 13 characters. A consumer that commits several partitions at once writes fewer bytes for each.
 */
const commitBytes = 154

/**
 * Seconds of Lambda with 1 GB, which has 0.58 of a core and 75 MB/s. A record takes 0.5 µs of a core (npm run
 * bench:log).
 */
const secondsOf = (commits: number) => (commits * 0.5e-6) / 0.58 + (commits * commitBytes) / 75e6

/** The monthly cost of reading `__consumer_offsets`, by commits a second. */
function costOfLog(rate: number) {
  const commits = rate * 30 * 24 * 3600
  const gigabytes = (commits * commitBytes) / 1e9
  const lambda = secondsOf(commits) * price.lambdaGBSecond
  return { gigabytes, lambda, withNat: lambda + gigabytes * price.natGB }
}

/** Rows of a table in docs/deploy.md. */
export const logCostTable = (): string[] =>
  [100, 1_000, 4_000].map(rate => {
    const { gigabytes, lambda, withNat } = costOfLog(rate)
    const cells = [Math.round(gigabytes).toLocaleString('en'), dollars(lambda), dollars(withNat)]
    return `| ${[rate.toLocaleString('en'), ...cells].join(' | ')} |`
  })

/** Rows of a table in docs/deploy.md. */
export const costTable = (): string[] =>
  sizes.map(size => row(size.groups.toLocaleString('en'), costOf(size)))

/** A row of docs/deploy.md: 20 clusters of 1,000 groups each, in one stack. */
export const manyClustersRow = (): string => row('20 × 1,000', costOf({ groups: 1_000, seconds: 5 }, 20))

function row(name: string, { lambda, s3, events, cloudWatch, total, withNat }: ReturnType<typeof costOf>) {
  return `| ${[name, ...[lambda, s3, events, cloudWatch, total, withNat].map(dollars)].join(' | ')} |`
}

if (import.meta.main) console.log([...costTable(), manyClustersRow(), ...logCostTable()].join('\n'))

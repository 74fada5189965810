// What a month on AWS costs, as docs/deploy.md has it: node infra/cost.ts. US dollars, list prices of us-east-1 without the
// free tier, as they were in 2026; eu-west-1 differs in logs and NAT gateways only, by some percent. They are from
// https://aws.amazon.com/{lambda,s3,eventbridge,cloudwatch,kms,vpc}/pricing/; AWS changes them, so
// https://calculator.aws has the last word.

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
/** One cluster: infra/clusters.ts and functions/*.ts have them. */
const metrics = 7
const alarms = { ofCluster: 3, ofStack: 6 }

/**
 * Requests to S3 from one snapshot to the next, counted: a snapshot 7 and 6, three and
 * four of them for the tag of the one before, watch 2 and 5 twice (by the event and by its
 * schedule), the heartbeat 1 and 2.
 */
const writes = 7 + 2 * 2 + 1
const reads = 6 + 2 * 5 + 2

/** Two of Kafka, and Slack's token twice. */
const secrets = 4

/** Snapshots that lie in the bucket: every one for 14 days, hourly up to 90, daily up to 396; each a month more as a former version. */
const kept = 14 * 96 + (90 - 14) * 24 + (396 - 90) + 30 * 96

/** A commit takes 33 bytes of Parquet, and its group 20 of them; how long a snapshot takes is an assumption. Both are on the long side. */
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
  // Only the snapshot function is in the VPC. It reads the snapshot before, and writes the next.
  const nat = 30 * 24 * price.natHour + ((clusters * runs * 2 * bytes) / 1e9) * price.natGB
  return { lambda, s3, events, cloudWatch, total, withNat: total + nat }
}

const dollars = (amount: number) => amount.toFixed(2)

/**
 * Bytes of one commit in `__consumer_offsets`, as test/bench/commit-size.ts measured them: a batch for each commit, and names
 * of 21 and 13 characters. A consumer that commits several partitions at once sends fewer bytes for each.
 */
const commitBytes = 154

/** Seconds that Lambda with 1 GB takes: 0.5 µs of a core for a record (npm run bench:log), of which it has 0.58; 75 MB/s. */
const secondsOf = (commits: number) => (commits * 0.5e-6) / 0.58 + (commits * commitBytes) / 75e6

/** What reading `__consumer_offsets` adds in a month, by commits a second. */
function costOfLog(rate: number) {
  const commits = rate * 30 * 24 * 3600
  const gigabytes = (commits * commitBytes) / 1e9
  const lambda = secondsOf(commits) * price.lambdaGBSecond
  return { gigabytes, lambda, withNat: lambda + gigabytes * price.natGB }
}

/** Rows of the table of docs/deploy.md. */
export const logCostTable = (): string[] =>
  [100, 1_000, 4_000].map(rate => {
    const { gigabytes, lambda, withNat } = costOfLog(rate)
    const cells = [gigabytes.toFixed(0), dollars(lambda), dollars(withNat)]
    return `| ${[rate.toLocaleString('en'), ...cells].join(' | ')} |`
  })

/** Rows of the table in docs/deploy.md. */
export const costTable = (): string[] =>
  sizes.map(size => row(size.groups.toLocaleString('en'), costOf(size)))

/** Row of docs/deploy.md: 20 clusters of 1,000 groups each, in one stack. */
export const manyClustersRow = (): string => row('20 × 1,000', costOf({ groups: 1_000, seconds: 5 }, 20))

function row(name: string, { lambda, s3, events, cloudWatch, total, withNat }: ReturnType<typeof costOf>) {
  return `| ${[name, ...[lambda, s3, events, cloudWatch, total, withNat].map(dollars)].join(' | ')} |`
}

if (import.meta.main) console.log([...costTable(), manyClustersRow(), ...logCostTable()].join('\n'))

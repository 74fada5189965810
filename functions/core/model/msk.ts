/**
 * The AWS region in the name of an MSK broker, such as `b-1.orders.a1b2c3.c2.kafka.eu-west-1.amazonaws.com`, also of MSK
 * Serverless; undefined for any other name.
 */
export const regionOfBroker = (host: string): string | undefined =>
  /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/.exec(host)?.[1]

/** `arn:aws:kafka:REGION:…` */
export const regionOfArn = (arn: string): string | undefined => arn.split(':')[3]

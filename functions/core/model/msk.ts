/**
 * The AWS region in an MSK broker's name, such as `b-1.orders.a1b2c3.c2.kafka.eu-west-1.amazonaws.com`, including MSK
 * Serverless; undefined for any other name.
 */
export const regionOfBroker = (host: string): string | undefined =>
  /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/.exec(host)?.[1]

/** `arn:aws:kafka:REGION:…` */
export const regionOfArn = (arn: string): string | undefined => arn.split(':')[3]

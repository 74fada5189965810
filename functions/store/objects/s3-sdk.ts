/** What s3.ts takes of the AWS SDK, in a file of its own so that it is loaded only where there is a bucket. */
export {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3'

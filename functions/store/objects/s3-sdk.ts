/** The parts of the AWS SDK that s3.ts uses, in their own file so that they load only for a bucket. */
export {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3'

import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

export const makeBucket = (Bucket: string, made: S3ClientConfig = {}) =>
  new S3Client({ forcePathStyle: true, ...made }).send(new CreateBucketCommand({ Bucket }))

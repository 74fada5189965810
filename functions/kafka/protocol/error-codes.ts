// The error codes that this program reacts to by name. errors.ts has all codes that it may receive. Kafka: Errors.

export const OFFSET_OUT_OF_RANGE = 1
export const UNKNOWN_TOPIC_OR_PARTITION = 3
export const LEADER_NOT_AVAILABLE = 5
export const REQUEST_TIMED_OUT = 7
export const OFFSET_METADATA_TOO_LARGE = 12
export const COORDINATOR_NOT_AVAILABLE = 15
export const INVALID_GROUP_ID = 24
export const TOPIC_AUTHORIZATION_FAILED = 29
export const GROUP_AUTHORIZATION_FAILED = 30
export const UNSUPPORTED_VERSION = 35
export const GROUP_ID_NOT_FOUND = 69
export const UNSTABLE_OFFSET_COMMIT = 88

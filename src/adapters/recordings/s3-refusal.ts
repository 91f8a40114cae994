/** What an error of a store of objects asks somebody to do. */

/** By the code of the error, as S3 documents them and as other stores send them. */
const refusals: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no bucket BUCKET: make it, or set PARLEY_S3_BUCKET',
  InvalidBucketName: 'BUCKET is no name of a bucket: set PARLEY_S3_BUCKET',
  InvalidAccessKeyId: 'the access key is unknown there: look at the credentials',
  SignatureDoesNotMatch: 'the secret key does not fit the access key: look at the credentials',
  ExpiredToken: 'the credentials have expired',
  InvalidToken: 'the session token of the credentials is of no use',
  AccessDenied: 'the credentials may not do that in the bucket BUCKET',
  AllAccessDisabled: 'the bucket BUCKET is closed',
  AuthorizationHeaderMalformed: 'the bucket BUCKET is in another region: set PARLEY_S3_REGION',
  PermanentRedirect: 'the bucket BUCKET is in another region: set PARLEY_S3_REGION or PARLEY_S3_ENDPOINT',
  RequestTimeTooSkewed: 'the clock of this machine or that of the store is wrong',
  CredentialsProviderError: 'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name files',
  'KMS.NotFoundException': 'there is no such key: look at PARLEY_S3_KMS_KEY_ID',
  'KMS.DisabledException': 'the key PARLEY_S3_KMS_KEY_ID is switched off',
};

/** By the status of an answer without a code. */
const refusalsByStatus: Readonly<Record<number, string>> = {
  301: 'the bucket BUCKET is in another region: set PARLEY_S3_REGION or PARLEY_S3_ENDPOINT',
  401: 'the credentials are not taken',
  403: 'the credentials may not do that in the bucket BUCKET',
  404: 'there is no bucket BUCKET: make it, or set PARLEY_S3_BUCKET',
};

/** Of files that credentials are read from. */
const fileErrors: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EISDIR']);

/** Null: the store is away, or has its own troubles; waiting helps. */
export function refusalOf(error: unknown, bucket: string): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && fileErrors.has(String(error.code))) return `a file cannot be read: ${error.message}`;
  const known = Object.hasOwn(refusals, error.name) ? refusals[error.name] : refusalsByStatus[statusOf(error) ?? 0];
  return known?.replace('BUCKET', bucket) ?? null;
}

/** Of the answer that an error is about; null: there was none. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const { $metadata: metadata } = error;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

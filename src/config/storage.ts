/** Where files of recordings are kept: the settings of the store of objects, and what they allow together. */
import { z } from 'zod';
import { integerBetween, onOrOff, path, read, text } from './values.js';

/** Of S3: parts have at least 5 MiB but for the last. Larger ones than these would be long lost work. */
const partMegabytes = { min: 5, max: 512 };

export function parseEndpoint(value: string): string | null {
  const url = /^https?:\/\/[^?#]+$/i.test(value) && URL.canParse(value) ? new URL(value) : null;
  return url === null || url.username !== '' ? null : value.replace(/\/+$/, '');
}

/** As S3 names buckets, and some stores that permit more. */
const parseBucket = (value: string): string | null =>
  /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(value) ? value : null;

/** Ends with a slash, unless it is empty. */
function parsePrefix(value: string): string | null {
  if (value === '') return '';
  const prefix = value.replace(/\/+$/, '');
  return /^[\w.-]+(\/[\w.-]+)*$/.test(prefix) && prefix.length <= 256 ? `${prefix}/` : null;
}

export const storageSettings = {
  /** Where files of recordings are kept for good. */
  recordingStorage: z.enum(['folder', 's3']).prefault('folder'),
  /** When a recording counts as completed: once its files are in the store, or once they wait for it on the disk. */
  recordingCompletedOnce: z.enum(['stored', 'spooled']).prefault('stored'),
  s3Bucket: read(parseBucket, 'must be the name of a bucket, 3 to 63 letters, digits, dots and hyphens').optional(),
  /** Left out: that of AWS in the region. */
  s3Endpoint: read(parseEndpoint, 'must be an http:// or https:// URL without credentials or a query').optional(),
  s3Region: read((value) => (/^[\w-]{1,64}$/.test(value) ? value : null), 'must be the name of a region').prefault(
    'us-east-1',
  ),
  /** What the names of all objects begin with. */
  s3Prefix: read(parsePrefix, 'must be names of letters, digits, dots and hyphens, with slashes between them').prefault(
    '',
  ),
  /** On: the bucket is in the path and not in the name of the host. */
  s3PathStyle: onOrOff.prefault('off'),
  /** What the store is asked to encrypt with. */
  s3Encryption: z.enum(['off', 'sse-s3', 'sse-kms']).prefault('off'),
  /** Left out: the key that the store takes by itself. */
  s3KmsKeyId: text.pipe(z.string().min(1).max(2048)).optional(),
  /** Files with one line each; left out: as every program of AWS finds its credentials. */
  s3AccessKeyFile: path.optional(),
  s3SecretKeyFile: path.optional(),
  s3PartMegabytes: integerBetween(partMegabytes.min, partMegabytes.max).prefault(8),
} as const;

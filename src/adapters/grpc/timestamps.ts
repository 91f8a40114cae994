/** google.protobuf.Timestamp and Duration, and the milliseconds Parley counts in. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DurationSchema, Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { type EpochMs, epochMs } from '../../base/brands.js';
import type { Findings } from './findings.js';

/** 0001-01-01 and the end of 9999, the range the type is defined for. */
const secondsMin = -62_135_596_800n;
const secondsMax = 253_402_300_799n;

export const toTimestamp = (atMs: EpochMs): MessageInitShape<typeof TimestampSchema> => ({
  seconds: BigInt(Math.floor(atMs / 1000)),
  nanos: (((atMs % 1000) + 1000) % 1000) * 1_000_000,
});

/** `durationMs` is whole and not negative. */
export const toDuration = (durationMs: number): MessageInitShape<typeof DurationSchema> => ({
  seconds: BigInt(Math.floor(durationMs / 1000)),
  nanos: (durationMs % 1000) * 1_000_000,
});

/** The first whole millisecond at or after the instant; null when there is none or it was at fault. */
export function readTimestamp(timestamp: Timestamp | undefined, field: string, findings: Findings): EpochMs | null {
  if (timestamp === undefined) return null;
  const { seconds, nanos } = timestamp;
  if (seconds < secondsMin || seconds > secondsMax || nanos < 0 || nanos > 999_999_999) {
    findings.violate(field, 'must be an instant in the years 0001 to 9999');
    return null;
  }
  return epochMs(Number(seconds) * 1000 + Math.ceil(nanos / 1e6));
}

/** The wire says "before", the filter "at the latest". */
export const lastBefore = (untilMs: EpochMs | null): EpochMs | null => (untilMs === null ? null : epochMs(untilMs - 1));

/** Formats that a leg takes beside its codec: redundancy (RFC 2198) and comfort noise (RFC 3389), received only. */
import type { Companions } from '../engine-port.js';
import { integerIn, type OfferedMedia } from './offer.js';

/** Comfort noise at 8000 Hz needs no rtpmap (RFC 3551 §6). */
const staticComfortNoise = 13;

/** `isUsable` says which payload types can be told from RTCP. */
export function companionsOf(
  { formats, section }: OfferedMedia,
  codec: { readonly payloadType: number; readonly clockRateHz: number },
  isUsable: (payloadType: number) => boolean,
): Companions {
  const listed = formats.flatMap((text) => (/^\d{1,3}$/.test(text) && isUsable(Number(text)) ? [Number(text)] : []));
  const mapped = (encoding: string): readonly number[] =>
    listed.filter((payloadType) => {
      const mapping = section.rtp.findLast(({ payload }) => payload === payloadType);
      return (
        mapping !== undefined &&
        String(mapping.codec).toLowerCase() === encoding &&
        integerIn(mapping.rate, 192_000) === codec.clockRateHz
      );
    });
  /** What it may hold is said in its fmtp; without one, anything (RFC 2198 §5). */
  const carriesCodec = (payloadType: number): boolean => {
    const said = section.fmtp.findLast(({ payload }) => payload === payloadType);
    return said === undefined || String(said.config).trim().split('/').map(Number).includes(codec.payloadType);
  };
  const isNoiseStatic = codec.clockRateHz === 8000 && listed.includes(staticComfortNoise);
  return {
    redundancyPayloadType: mapped('red').find(carriesCodec) ?? null,
    comfortNoisePayloadType: mapped('cn')[0] ?? (isNoiseStatic ? staticComfortNoise : null),
  };
}

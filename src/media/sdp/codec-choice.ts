/** Which of the offered formats a leg speaks (RFC 3264 §6.1, RFC 3551, RFC 4733). */
import type { CodecName } from '../engine-layout.js';
import { integerIn, type OfferedMedia } from './offer.js';

export type CodecChoice = {
  readonly codec: CodecName;
  readonly rateHz: number;
  readonly payloadType: number;
  readonly telephoneEventPayloadType: number | null;
};

type Format = {
  readonly payloadType: number;
  /** In lower case. */
  readonly encoding: string;
  readonly rateHz: number;
  readonly channels: number;
};

/** 20 ms of L16 at these rates fit one packet on an Ethernet; at 48 kHz they do not. */
const l16RatesHz = [8000, 16_000, 24_000];

export const codecRule = 'must offer PCMU or PCMA, or L16 with one channel at 8000, 16000 or 24000 Hz';

/** Formats that need no rtpmap (RFC 3551 §6). */
const staticFormats: ReadonlyMap<number, Omit<Format, 'payloadType'>> = new Map([
  [0, { encoding: 'pcmu', rateHz: 8000, channels: 1 }],
  [8, { encoding: 'pcma', rateHz: 8000, channels: 1 }],
]);

/** With RTCP on the same port these payload types cannot be told from RTCP packets (RFC 5761 §4). */
const looksLikeRtcp = (payloadType: number): boolean => payloadType >= 64 && payloadType <= 95;

/** The first format of the offer that the engine can code; null when there is none. */
export function chooseCodec(offered: OfferedMedia, rtcpMux: boolean): CodecChoice | null {
  const formats = formatsOf(offered).filter(({ payloadType }) => !(rtcpMux && looksLikeRtcp(payloadType)));
  for (const format of formats) {
    const codec = codecOf(format);
    if (codec === null) continue;
    const { payloadType, rateHz } = format;
    const digits = formats.find((other) => other.encoding === 'telephone-event' && other.rateHz === rateHz);
    return { codec, rateHz, payloadType, telephoneEventPayloadType: digits?.payloadType ?? null };
  }
  return null;
}

function codecOf({ encoding, rateHz, channels }: Format): CodecName | null {
  if (channels !== 1) return null;
  if ((encoding === 'pcmu' || encoding === 'pcma') && rateHz === 8000) return encoding;
  return encoding === 'l16' && l16RatesHz.includes(rateHz) ? encoding : null;
}

/** In the order of the `m=` line. A mapping for a payload type that the line does not list means nothing. */
function formatsOf({ formats, section }: OfferedMedia): readonly Format[] {
  const mapped = new Map<number, Omit<Format, 'payloadType'>>(staticFormats);
  for (const { payload, codec, rate, encoding } of section.rtp) {
    const payloadType = integerIn(payload, 127);
    const rateHz = integerIn(rate, 192_000);
    const channels = encoding === undefined ? 1 : integerIn(encoding, 255);
    if (payloadType === null || rateHz === null || channels === null) continue;
    mapped.set(payloadType, { encoding: String(codec).toLowerCase(), rateHz, channels });
  }
  return formats.flatMap((text) => {
    const payloadType = /^\d{1,3}$/.test(text) ? Number(text) : -1;
    const format = mapped.get(payloadType);
    return format === undefined ? [] : [{ payloadType, ...format }];
  });
}

/** Which of the offered formats a leg speaks (RFC 3264 §6.1, RFC 3551, RFC 4733, RFC 7587). */

import type { Alternative, LegMedia, PtimeMs, TelephoneEvents } from '../engine-port.js';
import { frameBytes } from '../frame-bytes.js';
import { companionsOf } from './companions.js';
import { headerExtensions } from './header-extensions.js';
import { integerIn, type OfferedMedia } from './offer.js';
import { opusChoice } from './opus-parameters.js';

export type CodecChoice = Pick<
  Extract<LegMedia, { transport: 'rtp' }>,
  | 'codec'
  | 'rateHz'
  | 'channels'
  | 'payloadType'
  | 'alternatives'
  | 'opus'
  | 'ptimeMs'
  | 'telephoneEvents'
  | 'companions'
  | 'headerExtensions'
> & {
  /** Of the RTP timestamps, as the rtpmap says it. */
  readonly clockRateHz: number;
};

type Format = {
  readonly payloadType: number;
  /** In lower case. */
  readonly encoding: string;
  readonly clockRateHz: number;
  readonly channels: number;
};

/** A format that the engine can code, but for what depends on the rest of the offer. */
type Spoken = Pick<CodecChoice, 'codec' | 'rateHz' | 'channels' | 'opus'>;

const l16RatesHz = [8000, 16_000, 24_000, 44_100, 48_000];

export const codecRule =
  'must offer PCMU, PCMA, G722, opus/48000/2, or L16 with one or two channels at 8000, 16000, 24000, 44100 or 48000 Hz';

/** Formats that need no rtpmap (RFC 3551 §6). */
const staticFormats: ReadonlyMap<number, Omit<Format, 'payloadType'>> = new Map([
  [0, { encoding: 'pcmu', clockRateHz: 8000, channels: 1 }],
  [8, { encoding: 'pcma', clockRateHz: 8000, channels: 1 }],
  [9, { encoding: 'g722', clockRateHz: 8000, channels: 1 }],
  [10, { encoding: 'l16', clockRateHz: 44_100, channels: 2 }],
  [11, { encoding: 'l16', clockRateHz: 44_100, channels: 1 }],
]);

/** With RTCP on the same port these payload types cannot be told from RTCP packets (RFC 5761 §4). */
const looksLikeRtcp = (payloadType: number): boolean => payloadType >= 64 && payloadType <= 95;

/** The first format of the offer that the engine can code; null when there is none. */
export function chooseCodec(offered: OfferedMedia, rtcpMux: boolean): CodecChoice | null {
  const isUsable = (payloadType: number): boolean => !(rtcpMux && looksLikeRtcp(payloadType));
  const formats = formatsOf(offered).filter(({ payloadType }) => isUsable(payloadType));
  for (const format of formats) {
    const spoken = spokenIn(format, offered);
    if (spoken === null) continue;
    const { payloadType, clockRateHz } = format;
    return {
      ...spoken,
      payloadType,
      clockRateHz,
      alternatives: clockRateHz === 8000 ? alternativesIn(formats, spoken) : [],
      telephoneEvents: telephoneEventsIn(formats, clockRateHz),
      companions: companionsOf(offered, { payloadType, clockRateHz }, isUsable),
      headerExtensions: headerExtensions(offered),
      ptimeMs: ptimeFor(spoken, offered),
    };
  }
  return null;
}

function spokenIn({ payloadType, encoding, clockRateHz, channels }: Format, offered: OfferedMedia): Spoken | null {
  switch (encoding) {
    case 'pcmu':
    case 'pcma':
      return clockRateHz === 8000 && channels === 1 ? plain(encoding, 8000, 1) : null;
    case 'g722':
      // The clock is half of what is sampled, by an old mistake that is now the rule (RFC 3551 §4.5.2).
      return clockRateHz === 8000 && channels === 1 ? plain(encoding, 16_000, 1) : null;
    case 'l16':
      if (!l16RatesHz.includes(clockRateHz) || (channels !== 1 && channels !== 2)) return null;
      return plain(encoding, clockRateHz, channels);
    case 'opus': {
      // Always said so, for one voice too (RFC 7587 §7).
      if (clockRateHz !== 48_000 || channels !== 2) return null;
      const { sending, rateHz } = opusChoice(fmtpOf(payloadType, offered));
      return { codec: encoding, rateHz, channels: 1, opus: sending };
    }
    default:
      return null;
  }
}

const plain = (codec: 'pcmu' | 'pcma' | 'g722' | 'l16', rateHz: number, channels: 1 | 2): Spoken => ({
  codec,
  rateHz,
  channels,
  opus: null,
});

/**
 * Events are to have the clock of the codec (RFC 4733 §2.1). Those of 8000 Hz beside Opus or L16, which many offer and
 * nothing else, are taken too: their durations are in that clock, their timestamps in the stream's.
 */
function telephoneEventsIn(formats: readonly Format[], codecClockHz: number): TelephoneEvents | null {
  const events = formats.filter(({ encoding }) => encoding === 'telephone-event');
  const right = events.find(({ clockRateHz }) => clockRateHz === codecClockHz);
  const usual = codecClockHz % usualEventClockHz === 0 ? usualEventClockHz : null;
  const chosen = right ?? events.find(({ clockRateHz }) => clockRateHz === usual);
  return chosen === undefined ? null : { payloadType: chosen.payloadType, clockRateHz: chosen.clockRateHz };
}

const usualEventClockHz = 8000;

/** What else of the same clock the other side may send, without asking, from one packet to the next. */
function alternativesIn(formats: readonly Format[], spoken: Spoken): readonly Alternative[] {
  return (['pcmu', 'pcma', 'g722'] as const).flatMap((codec) => {
    if (codec === spoken.codec) return [];
    const format = formats.find(
      ({ encoding, clockRateHz, channels }) => encoding === codec && clockRateHz === 8000 && channels === 1,
    );
    return format === undefined ? [] : [{ codec, payloadType: format.payloadType }];
  });
}

const ptimesMs: readonly PtimeMs[] = [60, 40, 20, 10];
const usualPtimeMs = 20;

/** With the headers of RTP, SRTP, UDP and IPv6 it still fits an Ethernet frame. */
const packetPayloadBytesMax = 1400;

/**
 * What the other side would like to receive (RFC 8866 §6.4), where packets of that length are sent and stay whole;
 * else 20 ms, or what its `maxptime` leaves. Opus is sent in 20 ms.
 */
function ptimeFor({ codec, rateHz, channels }: Spoken, { section }: OfferedMedia): PtimeMs {
  if (codec === 'opus') return usualPtimeMs;
  const longestMs = integerIn(section.maxptime, 1000) ?? Number.POSITIVE_INFINITY;
  const bytesOf = (ptimeMs: number): number => {
    const bytes = codec === 'g722' ? frameBytes('pcmu', 8000) : frameBytes(codec, rateHz) * channels;
    return (bytes * ptimeMs) / usualPtimeMs;
  };
  const possible = ptimesMs.filter(
    (ptimeMs) => ptimeMs <= longestMs && (ptimeMs <= usualPtimeMs || bytesOf(ptimeMs) <= packetPayloadBytesMax),
  );
  const wanted = possible.find((ptimeMs) => ptimeMs === section.ptime);
  return wanted ?? possible.find((ptimeMs) => ptimeMs <= usualPtimeMs) ?? 10;
}

/** Empty when nothing is said of the payload type. */
function fmtpOf(payloadType: number, { section }: OfferedMedia): string {
  const said = section.fmtp.find(({ payload }) => payload === payloadType);
  return said === undefined ? '' : String(said.config);
}

/** In the order of the `m=` line. A mapping for a payload type that the line does not list means nothing. */
function formatsOf({ formats, section }: OfferedMedia): readonly Format[] {
  const mapped = new Map<number, Omit<Format, 'payloadType'>>(staticFormats);
  for (const { payload, codec, rate, encoding } of section.rtp) {
    const payloadType = integerIn(payload, 127);
    const clockRateHz = integerIn(rate, 192_000);
    const channels = encoding === undefined ? 1 : integerIn(encoding, 255);
    if (payloadType === null || clockRateHz === null || channels === null) continue;
    mapped.set(payloadType, { encoding: String(codec).toLowerCase(), clockRateHz, channels });
  }
  return formats.flatMap((text) => {
    const payloadType = /^\d{1,3}$/.test(text) ? Number(text) : -1;
    const format = mapped.get(payloadType);
    return format === undefined ? [] : [{ payloadType, ...format }];
  });
}

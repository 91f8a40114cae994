/** The answer to an offer: as many `m=` lines in the same order, all switched off but one (RFC 3264 §6). */
import { type MediaDescription, write } from 'sdp-transform';
import type { SrtpKey } from '../srtp-key.js';
import type { AddressFamily } from './address.js';
import type { CodecChoice } from './codec-choice.js';
import { answeredExtensions } from './header-extensions.js';
import type { Direction, Offer, OfferedMedia } from './offer.js';
import { answeredOpusParameters } from './opus-parameters.js';
import { cryptoAttribute } from './sdes.js';

/** What is known only once sockets are reserved. */
export type AnswerSession = {
  /** Where the leg receives RTP; RTCP is received there too, or one port above. */
  readonly port: number;
  /** Stays the same over the answers of a call; digits only. */
  readonly sessionId: string;
  /** One higher in each answer of a call that differs from the last. */
  readonly sessionVersion: number;
};

/** What a call was last answered. The text holds keys: it is not logged. */
export type Answered = { readonly session: AnswerSession; readonly text: string };

export type AnsweredAudio = {
  /** The line of the offer that is taken up. */
  readonly offered: OfferedMedia;
  readonly choice: CodecChoice;
  /** As seen from Parley. */
  readonly direction: Direction;
  readonly rtcpMux: boolean;
  /** The line of the offer that is taken up, by its tag, and what Parley sends with; null when packets are plain. */
  readonly keying: { readonly tag: number; readonly key: SrtpKey } | null;
  readonly host: string;
  readonly family: AddressFamily;
};

/** The sixteen DTMF digits (RFC 4733 §3.2). */
const digitEvents = '0-15';

const encodingNames = { pcmu: 'PCMU', pcma: 'PCMA', g722: 'G722', l16: 'L16', opus: 'opus' } as const;

/** The next answer of a call: of the same version when it says the same (RFC 3264 §8). */
export function answerAnew(write: (session: AnswerSession) => string, { session, text }: Answered): Answered {
  if (write(session) === text) return { session, text };
  const next = { ...session, sessionVersion: session.sessionVersion + 1 };
  return { session: next, text: write(next) };
}

/** Ends each line with CR LF. */
export function writeAnswer(offer: Offer, audio: AnsweredAudio, session: AnswerSession): string {
  const { host, family } = audio;
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId: session.sessionId,
      sessionVersion: session.sessionVersion,
      netType: 'IN',
      ipVer: family,
      address: host,
    },
    name: '-',
    connection: { version: family, ip: host },
    timing: { ...offer.timing },
    media: offer.media.map((offered) =>
      offered === audio.offered ? audioSection(audio, session.port) : rejectedSection(offered),
    ),
  });
}

/** RFC 3264 §6: a refused line is repeated with port 0; it must list a format, which means nothing. */
const rejectedSection = ({ type, protocol, formats }: OfferedMedia): MediaDescription => ({
  type,
  port: 0,
  protocol,
  payloads: formats.join(' '),
  rtp: [],
  fmtp: [],
});

function audioSection({ offered, choice, direction, rtcpMux, keying }: AnsweredAudio, port: number): MediaDescription {
  const { payloadType, telephoneEvents: digits, clockRateHz: rate, alternatives, ptimeMs } = choice;
  const { redundancyPayloadType: redundancy, comfortNoisePayloadType: noise } = choice.companions;
  const isOpus = choice.codec === 'opus';
  // Two channels are said of Opus whatever is sent (RFC 7587 §7).
  const channels = isOpus ? 2 : choice.channels;
  const twoChannels = channels === 2 ? { encoding: 2 } : {};
  const payloadTypes = [
    payloadType,
    ...alternatives.map((other) => other.payloadType),
    ...[redundancy, noise, digits?.payloadType ?? null].filter((type) => type !== null),
  ];
  return {
    type: offered.type,
    port,
    protocol: offered.protocol,
    payloads: payloadTypes.join(' '),
    rtp: [
      { payload: payloadType, codec: encodingNames[choice.codec], rate, ...twoChannels },
      ...alternatives.map((other) => ({ payload: other.payloadType, codec: encodingNames[other.codec], rate })),
      ...(redundancy === null ? [] : [{ payload: redundancy, codec: 'red', rate, ...twoChannels }]),
      ...(noise === null ? [] : [{ payload: noise, codec: 'CN', rate }]),
      ...(digits === null ? [] : [{ payload: digits.payloadType, codec: 'telephone-event', rate: digits.clockRateHz }]),
    ],
    fmtp: [
      ...(isOpus ? [{ payload: payloadType, config: answeredOpusParameters }] : []),
      ...(redundancy === null ? [] : [{ payload: redundancy, config: `${payloadType}/${payloadType}` }]),
      ...(digits === null ? [] : [{ payload: digits.payloadType, config: digitEvents }]),
    ],
    ext: answeredExtensions(choice.headerExtensions),
    ptime: ptimeMs,
    direction,
    rtcp: { port: rtcpMux ? port : port + 1 },
    ...(rtcpMux ? { rtcpMux: 'rtcp-mux' } : {}),
    ...(keying === null ? {} : { crypto: [cryptoAttribute(keying.tag, keying.key)] }),
  };
}

/**
 * SDP offer/answer for RTP legs (RFC 3264): first what the offer makes of the leg, then, once its sockets are
 * reserved, the text of the answer.
 */
import { assert } from '../../base/assert.js';
import { ok, type Result } from '../../base/result.js';
import type { Endpoint } from '../endpoint.js';
import type { RtpMedia } from '../engine-port.js';
import type { SrtpKey, SrtpSuite } from '../srtp-key.js';
import { type AddressFamily, addressFamily, isShared, isUnspecified } from './address.js';
import { type AnswerSession, writeAnswer } from './answer.js';
import { audioLine } from './audio-line.js';
import { chooseCodec, codecRule } from './codec-choice.js';
import {
  type Direction,
  integerIn,
  type Offer,
  type OfferedMedia,
  parseOffer,
  refused,
  type SdpRefusal,
} from './offer.js';
import { agreedSecurity, type SecurityPolicy } from './security.js';

export type LocalMedia = {
  /** Literal address the other side is told to send to. */
  readonly host: string;
  /** Playout delay the jitter buffer is primed with. */
  readonly jitterMs: number;
  readonly security: SecurityPolicy;
  /** A fresh key each time. */
  readonly newKey: (suite: SrtpSuite) => SrtpKey;
};

export type Negotiation = {
  /** What the engine is told; `rtcpMux` decides which sockets to reserve. */
  readonly media: RtpMedia;
  /** The same arguments give the same text. */
  readonly answer: (session: AnswerSession) => string;
};

const portMax = 65_535;

/**
 * Takes up one audio line. Total: any text gives media or a refusal with the SDP field at fault. An offer of secure
 * media is refused rather than answered without its security. `before`: the media of a call under way, which stays as
 * it is when the offer is refused; null when the call begins.
 */
export function negotiate(
  offerText: string,
  local: LocalMedia,
  before: RtpMedia | null = null,
): Result<Negotiation, SdpRefusal> {
  const family = addressFamily(local.host);
  assert(family !== null, 'the configured media address is a literal');
  const parsed = parseOffer(offerText);
  if (!parsed.ok) return parsed;
  const offer = parsed.value;

  const line = audioLine(offer, offerText, local.security);
  if (!line.ok) return line;
  const { offered, security: asked } = line.value;
  const offersMux = offered.section.rtcpMux !== undefined;
  if (before?.rtcpMux === true && !offersMux) {
    return refused('a=rtcp-mux', 'must be offered again: the call has one port for RTP and RTCP');
  }
  const rtcpMux = offersMux && before?.rtcpMux !== false;
  const choice = chooseCodec(offered, rtcpMux);
  if (choice === null) return refused('m=audio', codecRule);
  const { clockRateHz: _, ...coding } = choice;
  const remoteRtp = remoteRtpEndpoint(offer, offered, family);
  if (!remoteRtp.ok) return remoteRtp;
  const remoteRtcp = rtcpMux ? remoteRtp : remoteRtcpEndpoint(offered, remoteRtp.value, family);
  if (!remoteRtcp.ok) return remoteRtcp;
  const security = agreedSecurity(asked, before?.security ?? null, local.newKey);
  if (!security.ok) return security;

  // An address that was given and is now taken back is the old way to hold a call (RFC 3264 §8.4).
  const parked = remoteRtp.value === null && before !== null && before.remoteRtp !== null;
  const wanted = mirrored(offered.section.direction ?? offer.direction);
  const direction = parked ? withoutSending(wanted) : wanted;
  const keying =
    asked.kind === 'srtp' && security.value.kind === 'srtp'
      ? { tag: asked.crypto.tag, key: security.value.outbound }
      : null;
  const audio = { offered, choice, direction, rtcpMux, keying, host: local.host, family };
  return ok({
    media: {
      transport: 'rtp',
      ...coding,
      remoteRtp: parked ? before.remoteRtp : remoteRtp.value,
      remoteRtcp: parked ? before.remoteRtcp : remoteRtcp.value,
      rtcpMux,
      direction,
      parked,
      security: security.value,
      jitterMs: local.jitterMs,
    },
    answer: (session) => writeAnswer(offer, audio, session),
  });
}

/** Null: to be learned from the packets (symmetric RTP). */
function remoteRtpEndpoint(
  offer: Offer,
  { section, port }: OfferedMedia,
  family: AddressFamily,
): Result<Endpoint | null, SdpRefusal> {
  const connection = section.connection ?? offer.connection;
  if (connection === undefined) return refused('c=', 'must be given for the session or for the audio');
  const host = String(connection.ip);
  const refusal = hostRefusal('c=', host, connection.version, family);
  if (refusal !== null) return refusal;
  return ok(isUnspecified(host) ? null : { host, port });
}

/** RFC 3605; without the attribute one port above RTP (RFC 3550 §11). */
function remoteRtcpEndpoint(
  { section: { rtcp } }: OfferedMedia,
  remoteRtp: Endpoint | null,
  family: AddressFamily,
): Result<Endpoint | null, SdpRefusal> {
  if (rtcp !== undefined) {
    const port = integerIn(rtcp.port, portMax);
    if (port === null || port === 0) return refused('a=rtcp', `must give a port from 1 to ${portMax}`);
    if (rtcp.address === undefined) return ok(remoteRtp && { host: remoteRtp.host, port });
    const host = String(rtcp.address);
    const refusal = hostRefusal('a=rtcp', host, rtcp.ipVer, family);
    if (refusal !== null) return refusal;
    return ok(isUnspecified(host) ? null : { host, port });
  }
  return ok(remoteRtp && remoteRtp.port < portMax ? { host: remoteRtp.host, port: remoteRtp.port + 1 } : null);
}

function hostRefusal(
  field: string,
  host: string,
  version: unknown,
  family: AddressFamily,
): ReturnType<typeof refused> | null {
  const hostFamily = addressFamily(host);
  if (hostFamily === null || hostFamily !== version) return refused(field, 'must be a literal IPv4 or IPv6 address');
  if (isShared(host)) return refused(field, 'must not be a multicast or broadcast address');
  if (hostFamily !== family) return refused(field, `must be IP${family}, as Parley's own media address is`);
  return null;
}

function mirrored(direction: Direction): Direction {
  switch (direction) {
    case 'sendonly':
      return 'recvonly';
    case 'recvonly':
      return 'sendonly';
    case 'sendrecv':
    case 'inactive':
      return direction;
  }
}

function withoutSending(direction: Direction): Direction {
  switch (direction) {
    case 'sendrecv':
    case 'recvonly':
      return 'recvonly';
    case 'sendonly':
    case 'inactive':
      return 'inactive';
  }
}

/** From what a party offers to how the engine is to code the leg, and the answer once its sockets are known. */
import { assert, assertNever } from '../../base/assert.js';
import type { Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import type { JitterBufferSize } from '../../cxml/conference-attributes.js';
import type { Leg, LegMedia, RtpMedia, VoiceShaping } from '../../media/engine-port.js';
import type { Answered } from '../../media/sdp/answer.js';
import { type Negotiation, negotiate } from '../../media/sdp/negotiate.js';
import type { SecurityPolicy } from '../../media/sdp/security.js';
import { newSrtpKey } from '../../media/srtp-key.js';
import type { MediaOffer, Refusal, ShapingWishes } from '../application.js';

export type MediaSettings = {
  /** Literal address put into SDP answers. */
  readonly advertisedHost: string;
  /** Least playout delay of RTP legs whose dial says nothing of it, and what lanes are primed with; 0 to 200. */
  readonly jitterMs: number;
  readonly security: SecurityPolicy;
  /** Of calls whose dial says nothing of it. */
  readonly shaping?: VoiceShaping;
};

export type PreparedMedia = {
  readonly media: LegMedia;
  /** Null for gRPC media: there is nothing to say. */
  readonly answer: (leg: Leg) => Answered | null;
};

/** Least playout delay; from there it follows the network, but for 0 (CONTRACT §1.2). */
const jitterMsOf: Readonly<Record<JitterBufferSize, number>> = { off: 0, small: 20, medium: 40, large: 60 };

/** What is configured, but for what the dial wishes of the jitter buffer. */
export function settingsForDial(settings: MediaSettings, size: JitterBufferSize | undefined): MediaSettings {
  return size === undefined ? settings : { ...settings, jitterMs: jitterMsOf[size] };
}

export function prepareMedia(
  offer: MediaOffer,
  settings: MediaSettings,
  random: Random,
): Result<PreparedMedia, Refusal> {
  switch (offer.kind) {
    case 'grpc': {
      const { codec, rateHz } = offer;
      const media: LegMedia = { transport: 'lane', codec, rateHz, jitterMs: settings.jitterMs };
      return ok({ media, answer: () => null });
    }
    case 'rtp': {
      const negotiated = negotiateRtp(offer.sdpOffer, settings, random, null);
      if (!negotiated.ok) return negotiated;
      const { media, answer } = negotiated.value;
      return ok({
        media,
        answer: (leg) => {
          assert(leg.local !== null, 'an RTP leg has a socket');
          const session = { port: leg.local.port, sessionId: sessionIdOf(random), sessionVersion: 1 };
          return { session, text: answer(session) };
        },
      });
    }
    default:
      return assertNever(offer);
  }
}

/** `before`: the media of a call under way; null when it begins. */
export function negotiateRtp(
  sdpOffer: string,
  { advertisedHost: host, jitterMs, security }: MediaSettings,
  random: Random,
  before: RtpMedia | null,
): Result<Negotiation, Refusal> {
  // The buffer that a call began with stays its own.
  const local = { host, jitterMs: before?.jitterMs ?? jitterMs, security, newKey: newSrtpKey(random) };
  const negotiated = negotiate(sdpOffer, local, before);
  return negotiated.ok ? negotiated : err({ kind: 'media-unacceptable', ...negotiated.error });
}

/** What the dial wishes, and for the rest what is configured. */
export function shapedMedia(media: LegMedia, wishes: ShapingWishes, settings: MediaSettings): LegMedia {
  const { noiseGate = false, automaticGain = false } = { ...settings.shaping, ...wishes };
  return noiseGate || automaticGain ? { ...media, shaping: { noiseGate, automaticGain } } : media;
}

/** Digits that no other session has (RFC 8866 §5.2). */
function sessionIdOf(random: Random): string {
  return random
    .bytes(6)
    .reduce((id, byte) => id * 256 + byte, 0)
    .toString();
}

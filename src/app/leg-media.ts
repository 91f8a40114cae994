/** From what a dial offers to how the engine is to code the leg, and the answer once its sockets are known. */
import { assert, assertNever } from '../base/assert.js';
import type { Random } from '../base/ports.js';
import { err, ok, type Result } from '../base/result.js';
import type { Leg, LegMedia } from '../media/engine-port.js';
import { negotiate } from '../media/sdp/negotiate.js';
import type { MediaAnswer, MediaOffer, Refusal } from './application.js';

export type MediaSettings = {
  /** Literal address put into SDP answers. */
  readonly advertisedHost: string;
  /** Playout delay the jitter buffers are primed with, 0 to 200. */
  readonly jitterMs: number;
};

export type PreparedMedia = {
  readonly media: LegMedia;
  readonly answer: (leg: Leg) => MediaAnswer;
};

export function prepareMedia(
  offer: MediaOffer,
  { advertisedHost, jitterMs }: MediaSettings,
  random: Random,
): Result<PreparedMedia, Refusal> {
  switch (offer.kind) {
    case 'grpc': {
      const media: LegMedia = { transport: 'lane', codec: offer.codec, rateHz: offer.rateHz, jitterMs };
      return ok({ media, answer: () => ({ kind: 'grpc' }) });
    }
    case 'rtp': {
      const negotiated = negotiate(offer.sdpOffer, { host: advertisedHost, jitterMs });
      if (!negotiated.ok) return err({ kind: 'media-unacceptable', ...negotiated.error });
      const { media, answer } = negotiated.value;
      return ok({
        media,
        answer: (leg) => {
          assert(leg.local !== null, 'an RTP leg has a socket');
          const session = { port: leg.local.port, sessionId: sessionIdOf(random), sessionVersion: 1 };
          return { kind: 'rtp', sdpAnswer: answer(session) };
        },
      });
    }
    default:
      return assertNever(offer);
  }
}

/** Digits that no other session has (RFC 8866 §5.2). */
function sessionIdOf(random: Random): string {
  return random
    .bytes(6)
    .reduce((id, byte) => id * 256 + byte, 0)
    .toString();
}

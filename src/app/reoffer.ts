/** A call's media is agreed on anew while it goes on (RFC 3264 §8): another codec, address, direction, or keys. */
import { assert } from '../base/assert.js';
import type { Random } from '../base/ports.js';
import { err, ok, type Result } from '../base/result.js';
import { answerAnew } from '../media/sdp/answer.js';
import type { Refusal, ReofferReply } from './application.js';
import type { Call, Calls } from './calls.js';
import type { ConferenceRegistry } from './conference-registry.js';
import type { Renegotiate } from './conference-runner.js';
import { type MediaSettings, negotiateRtp } from './leg-media.js';

export type ReofferParts = {
  readonly calls: Calls;
  readonly registry: ConferenceRegistry;
  readonly media: MediaSettings;
  readonly random: Random;
};

/** Waits its turn in the conference of the call: of two offers at once, the second is answered on top of the first. */
export async function reoffer(
  { accountSid, view }: Call,
  sdpOffer: string,
  { calls, registry, media: settings, random }: ReofferParts,
): Promise<Result<ReofferReply, Refusal>> {
  const { callSid, conferenceSid } = view;
  let sdpAnswer = '';
  const renegotiate: Renegotiate = (before) => {
    if (before.transport !== 'rtp') return err({ kind: 'media-not-rtp', callSid });
    const last = calls.live(accountSid, callSid)?.answered ?? null;
    // Whoever offers again before the first answer cannot have learnt of the call.
    if (last === null) return err({ kind: 'call-unknown', callSid });
    const negotiated = negotiateRtp(sdpOffer, settings, random, before);
    if (!negotiated.ok) return negotiated;
    const { media, answer } = negotiated.value;
    const answered = answerAnew(answer, last);
    const onTold = (): void => {
      calls.answer(accountSid, callSid, media, answered);
      sdpAnswer = answered.text;
    };
    return ok({ media, onTold });
  };
  const runner = registry.find(accountSid, conferenceSid);
  assert(runner !== null, 'a call in progress is in a live conference');
  const updated = await runner.updateMedia(callSid, renegotiate);
  // It ended while the offer waited.
  if (!updated.ok) {
    return updated.error.kind === 'participant-unknown' ? err({ kind: 'call-completed', callSid }) : updated;
  }
  return ok({ call: calls.view(accountSid, callSid) ?? view, sdpAnswer });
}

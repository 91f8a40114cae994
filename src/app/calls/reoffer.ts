/** A call's media is agreed on anew while it goes on (RFC 3264 §8): another codec, address, direction, or keys. */
import type { Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import type { EnginePort } from '../../media/engine-port.js';
import { answerAnew } from '../../media/sdp/answer.js';
import type { Refusal, ReofferReply } from '../application.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { Renegotiate } from '../conferences/conference-runner.js';
import type { CallRuns } from './call-runs.js';
import type { Call, Calls } from './calls.js';
import { type MediaSettings, negotiateRtp } from './leg-media.js';

export type ReofferParts = {
  readonly engine: EnginePort;
  readonly runs: CallRuns;
  readonly calls: Calls;
  readonly registry: ConferenceRegistry;
  readonly media: MediaSettings;
  readonly random: Random;
};

/** Waits its turn in the conference of the call: of two offers at once, the second is answered on top of the first. */
export async function reoffer(
  call: Call,
  sdpOffer: string,
  parts: ReofferParts,
): Promise<Result<ReofferReply, Refusal>> {
  const { accountSid, joined, view } = call;
  const { calls, registry, media: settings, random } = parts;
  const { callSid } = view;
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
  const runner = registry.find(accountSid, joined);
  const updated = runner === null ? apart(call, renegotiate, parts) : await runner.updateMedia(callSid, renegotiate);
  // It ended while the offer waited.
  if (!updated.ok) {
    return updated.error.kind === 'participant-unknown' ? err({ kind: 'call-completed', callSid }) : updated;
  }
  return ok({ call: calls.view(accountSid, callSid) ?? view, sdpAnswer });
}

/** A call in no conference has no turn to wait for. */
function apart(
  { accountSid, leg, media: before, view: { callSid } }: Call,
  renegotiate: Renegotiate,
  { engine, runs }: ReofferParts,
): Result<void, Refusal> {
  const shard = runs.shardOf(accountSid, callSid);
  // It is between two shards.
  if (shard === null) return err({ kind: 'engine-full', what: 'command-ring' });
  const next = renegotiate(before);
  if (!next.ok) return next;
  const { media, onTold } = next.value;
  const told = engine.apply(shard, [{ kind: 'update-leg', leg, media }]);
  if (told.ok) onTold();
  return told;
}

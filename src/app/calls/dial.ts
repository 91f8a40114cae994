/**
 * A call comes in: its media is prepared, its conference found or made, and it joins or is refused (CONTRACT §1, §2).
 */
import type { Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { newSid } from '../../base/sids.js';
import type { DialReply, DialRequest, Refusal } from '../application.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { Metrics } from '../metrics.js';
import { forbiddenRecordings } from './call-recordings.js';
import type { Calls } from './calls.js';
import { type MediaSettings, prepareMedia, settingsForDial, shapedMedia } from './leg-media.js';

export type DialParts = {
  readonly registry: ConferenceRegistry;
  readonly calls: Calls;
  readonly media: MediaSettings;
  readonly metrics: Metrics;
  readonly random: Random;
};

export async function dial(request: DialRequest, parts: DialParts): Promise<Result<DialReply, Refusal>> {
  const { calls, metrics, random } = parts;
  const { accountSid, hangupOnStar } = request;
  const callSid = request.callSid ?? newSid('call', random);
  const refusal = calls.claim(accountSid, callSid, { hangupOnStar });
  if (refusal !== null) return err(refusal);
  try {
    const reply = await joinWithMedia({ ...request, callSid }, parts);
    const outcome = reply.ok ? 'joined' : 'refused';
    metrics.count('parley_dials_total', { outcome, media: request.media.kind });
    if (!reply.ok && reply.error.kind === 'engine-full') {
      metrics.count('parley_engine_refusals_total', { lack: reply.error.what });
    }
    if (!reply.ok && reply.error.kind === 'engine-unavailable') {
      metrics.count('parley_engine_refusals_total', { lack: 'engine' });
    }
    return reply;
  } finally {
    calls.settle(accountSid, callSid);
  }
}

async function joinWithMedia(
  {
    accountSid,
    callSid,
    call,
    conference,
    media,
    shaping = {},
    jitterBufferSize,
    into = null,
    trace,
  }: DialRequest & { callSid: NonNullable<DialRequest['callSid']> },
  { registry, calls, media: settings, random }: DialParts,
): Promise<Result<DialReply, Refusal>> {
  const ofDial = media.kind === 'rtp' ? settingsForDial(settings, jitterBufferSize) : settings;
  const prepared = prepareMedia(media, ofDial, random);
  if (!prepared.ok) return prepared;
  // Nothing is run after a typed dial, so leaving the room ends the call.
  const request = { ...conference, accountSid, callSid, call, continuesAfterDial: false };
  const joined = await registry.join(request, shapedMedia(prepared.value.media, shaping, settings), null, trace, into);
  if (!joined.ok) return joined;
  const { conferenceSid, leg } = joined.value;
  const forbidden = forbiddenRecordings(request, 'dial', registry);
  const warnings = forbidden.map(({ code, message }) => ({ code, field: 'dial.record', message }));
  const reply = { callSid, conferenceSid, warnings };
  const answered = prepared.value.answer(leg);
  if (answered === null) return ok({ ...reply, media: { kind: 'grpc' } });
  calls.answer(accountSid, callSid, prepared.value.media, answered);
  return ok({ ...reply, media: { kind: 'rtp', sdpAnswer: answered.text } });
}

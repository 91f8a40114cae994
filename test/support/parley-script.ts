/** A whole Parley over doubles of the world: what the tests of its use cases begin with. */
import { expect } from 'vitest';
import { MemoryOutbox } from '../../src/adapters/store/memory-outbox.js';
import { type AccountLimitsOf, noLimits } from '../../src/app/account-limits.js';
import type { DialRequest, MediaOffer } from '../../src/app/application.js';
import type { MediaTimeout } from '../../src/app/health/media-supervision.js';
import { createParley } from '../../src/app/parley.js';
import type { RecordingDeskParts } from '../../src/app/recordings/recording-desk.js';
import { type FlavourName, flavours } from '../../src/base/flavour.js';
import type { Result } from '../../src/base/result.js';
import { srtpSuites } from '../../src/media/srtp-key.js';
import { accountSidOf, callSidOf, join } from './callers.js';
import { FakeDocuments } from './fake-documents.js';
import { FakeEngine } from './fake-engine.js';
import { recordingsOf } from './fake-recordings.js';
import { soundsOf } from './fake-sounds.js';
import { SlowStore } from './fake-store.js';
import { countingRandom, recordingLogger, recordingMetrics } from './silent.js';
import { VirtualClock } from './virtual-clock.js';

export const accountSid = accountSidOf('acc');
const grpc: MediaOffer = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 };
export const sdpOffer = [
  'v=0',
  'o=- 1 1 IN IP4 198.51.100.7',
  's=-',
  'c=IN IP4 198.51.100.7',
  't=0 0',
  'm=audio 4000 RTP/AVP 8 0 101',
  'a=rtpmap:101 telephone-event/8000',
  '',
].join('\r\n');

export function value<T>(result: Result<T, { readonly kind: string }>): T {
  return result.ok ? result.value : expect.fail(`refused: ${JSON.stringify(result.error)}`);
}
export const refusal = (result: Result<unknown, { readonly kind: string }>): string | null =>
  result.ok ? null : result.error.kind;

/** `request` and `dial` are of gRPC calls in one room, with every default. */
export function parleyOf(
  shards = 1,
  mediaTimeout: MediaTimeout = { afterMs: null, policy: 'none' },
  flavour: FlavourName = 'signalwire',
  recording: Partial<RecordingDeskParts> = {},
  limitsOf: AccountLimitsOf = () => noLimits,
) {
  const clock = new VirtualClock();
  const engine = new FakeEngine(shards);
  const store = new SlowStore();
  const metrics = recordingMetrics();
  const documents = new FakeDocuments();
  const sounds = soundsOf(engine);
  const [logger, random] = [recordingLogger(), countingRandom()];
  const flavourOf = () => flavours[flavour];
  const { recorders, files, desk } = recordingsOf({
    engine,
    store,
    clock,
    random,
    metrics,
    logger,
    flavourOf,
    ...recording,
  });
  const parley = createParley({
    clock,
    engine,
    store,
    desk: new MemoryOutbox({ clock, callbacksPerAccountMax: 1, onOverflow: () => {} }),
    metrics,
    logger,
    random,
    flavourOf,
    conferencesMax: 100,
    limitsOf,
    media: {
      advertisedHost: '192.0.2.1',
      jitterMs: 40,
      security: { suites: srtpSuites, opportunistic: 'plain' },
    },
    mediaTimeout,
    tickLoadMax: 0.6,
    documents,
    sounds,
    recordings: desk,
  });
  const request = (name: string, wishes: Partial<DialRequest['conference']> = {}): DialRequest => {
    const { room, label, muted, beep, wait, coach, timeLimitSeconds, roomRequest, ...rest } = join(name);
    const { startConferenceOnEnter, endConferenceOnExit, call } = rest;
    const flags = { startConferenceOnEnter, endConferenceOnExit };
    const conference = { room, label, muted, beep, wait, coach, timeLimitSeconds, roomRequest, ...flags, ...wishes };
    return { accountSid, callSid: callSidOf(name), call, conference, media: grpc, hangupOnStar: false };
  };
  const dial = async (name: string, wishes: Partial<DialRequest['conference']> = {}) =>
    value(await parley.dial(request(name, wishes)));
  return { parley, clock, engine, store, metrics, documents, sounds, recorders, files, desk, request, dial };
}

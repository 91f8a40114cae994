/** An Application whose answers a test sets, and which remembers what it was asked. */

import type {
  Application,
  CallView,
  ConferenceView,
  DrainView,
  MediaHandle,
  ParticipantView,
} from '../../../src/app/application.js';
import { summaryOf } from '../../../src/app/conferences/conference-lists.js';
import type { OpenMedia, RecordingView } from '../../../src/app/recordings/recording-views.js';
import {
  type AccountSid,
  type CallSid,
  type ConferenceSid,
  epochMs,
  type RecordingSid,
  type RoomName,
} from '../../../src/base/brands.js';
import { err, ok } from '../../../src/base/result.js';
import { parseSid } from '../../../src/base/sids.js';
import { parseRoomName } from '../../../src/conference/room-name.js';
import type { RunningConference } from '../../../src/conference/state.js';
import type { ShardView } from '../../../src/media/engine-port.js';
import { quietLeg } from '../leg-statistics.js';
import { onePage } from '../lists.js';

const must = <T>(value: T | null): T => {
  if (value === null) throw new Error('the test names something that cannot be');
  return value;
};
const uuid = (digit: string): string =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`;

export const accountA: AccountSid = must(parseSid('account', uuid('a')));
export const accountB: AccountSid = must(parseSid('account', uuid('b')));
export const conferenceSid: ConferenceSid = must(parseSid('conference', uuid('c')));
export const callSid = (digit: string): CallSid => must(parseSid('call', uuid(digit)));
export const roomName = (name: string): RoomName => must(parseRoomName(name));

export const participant = (callSid: CallSid, changes: Partial<ParticipantView> = {}): ParticipantView => ({
  conferenceSid,
  left: null,
  callSid,
  call: { from: '+15550100001', to: '+15550100099', direction: 'inbound' },
  label: null,
  joinedAtMs: epochMs(1_712_255_535_000),
  updatedAtMs: epochMs(1_712_255_536_000),
  timeLimitAtMs: epochMs(1_712_269_935_000),
  muted: false,
  hold: null,
  wait: { kind: 'default-music' },
  beep: 'true',
  startConferenceOnEnter: true,
  endConferenceOnExit: false,
  coaching: null,
  speaking: false,
  continuesAfterDial: false,
  ...changes,
});

const drained: DrainView = {
  draining: true,
  deadlineAtMs: null,
  isGoingDown: false,
  calls: 4,
  conferences: [{ accountSid: accountA, conferenceSid, room: roomName('Room 1234'), participants: 3 }],
};

export const running = (changes: Partial<RunningConference> = {}): RunningConference => ({
  phase: 'in-progress',
  accountSid: accountA,
  conferenceSid,
  room: roomName('Room 1234'),
  createdAtMs: epochMs(1_712_255_530_123),
  updatedAtMs: epochMs(1_712_255_535_000),
  startedAtMs: epochMs(1_712_255_535_000),
  settings: { statusCallback: null, maxParticipants: null, region: null, eventCallbackUrl: null },
  participants: new Map([callSid('1'), callSid('2')].map((sid) => [sid, participant(sid)])),
  ...changes,
});

export const completed = (): ConferenceView => {
  const { participants, ...identity } = running();
  return {
    ...identity,
    phase: 'completed',
    endedAtMs: epochMs(1_712_255_600_000),
    endReason: 'participant-with-end-conference-on-exit-kicked',
    callSidEndingConference: callSid('1'),
  };
};

export const call = (changes: Partial<CallView> = {}): CallView => ({
  callSid: callSid('1'),
  call: { from: '+15550100001', to: '+15550100099', direction: 'outbound-api' },
  status: 'in-progress',
  conferenceSid,
  startedAtMs: epochMs(1_712_255_530_000),
  endedAtMs: null,
  mediaKind: 'rtp',
  answeredBy: null,
  ...changes,
});

export const shard = (id: number): ShardView => ({
  shard: id as ShardView['shard'],
  alive: true,
  legs: 3,
  legsMax: 500,
  rooms: 1,
  roomsMax: 200,
  lanes: 1,
  lanesMax: 100,
  players: 2,
  playersMax: 100,
  recorders: 0,
  recordersMax: 100,
  tickLoad: 0.25,
  expectedLoad: 0.25,
  legLoad: 0.001,
  takesNewcomers: true,
  realtimeScheduling: true,
  cpuSeconds: 1.5,
  stats: { ticks: 42, tick_duration: [1, 2, 3] },
});

const noMedia: MediaHandle = {
  callSid: callSid('1'),
  codec: 'linear16',
  rateHz: 8000,
  frameBytes: 320,
  lane: () => null,
};

export const recordingSid: RecordingSid = must(parseSid('recording', uuid('e')));

export const recording = (changes: Partial<RecordingView> = {}): RecordingView => ({
  sid: recordingSid,
  accountSid: accountA,
  conferenceSid,
  subject: { kind: 'conference' },
  source: 'conference',
  channels: 1,
  trim: 'trim-silence',
  callback: null,
  createdAtMs: epochMs(1_712_255_535_000),
  updatedAtMs: epochMs(1_712_255_535_000),
  life: { status: 'in-progress' },
  progress: null,
  url: 'https://parley.example/recording',
  ...changes,
});

/** Of 100 bytes, in pieces of 40. */
const mediaOf = (part: OpenMedia['part']): OpenMedia => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  return {
    ...{ part, bytes: bytes.length, sha256: 'a'.repeat(64), madeAtMs: epochMs(1_712_255_540_000) },
    async *read(first, last) {
      for (let at = first; at <= last; at += 40) yield bytes.subarray(at, Math.min(at + 40, last + 1));
    },
    close: async () => {},
  };
};

/** Answers for a happy day; a test replaces those it is about. */
const happyAnswers = (): Application => ({
  createParticipant: async () => err({ kind: 'originator-missing' }),
  origination: (_account, sid) => err({ kind: 'call-unknown', callSid: sid }),
  pendingParticipants: () => [],
  reportOrigination: async () => ok(null),
  makeCalls: () => ok(() => {}),
  dial: async (request) =>
    ok({
      callSid: request.callSid ?? callSid('9'),
      conferenceSid,
      media: request.media.kind === 'rtp' ? { kind: 'rtp', sdpAnswer: 'v=0\r\n' } : { kind: 'grpc' },
      warnings: [],
    }),
  dialDocument: async (request) =>
    ok({
      callSid: request.callSid ?? callSid('9'),
      conferenceSid: null,
      media: request.media.kind === 'rtp' ? { kind: 'rtp', sdpAnswer: 'v=0\r\n' } : { kind: 'grpc' },
      warnings: [],
    }),
  webRule: () => null,
  redirect: async () => ok(call({ conferenceSid: null })),
  reoffer: async () => ok({ call: call(), sdpAnswer: 'v=0\r\n' }),
  hangUp: async () => ok(call({ status: 'completed', endedAtMs: epochMs(1_712_255_540_000) })),
  call: () => ok(call()),
  calls: () => [call()],
  sendDigits: () => ok(undefined),
  conference: async () => ok(running()),
  conferences: async () => onePage([summaryOf(running())]),
  endConference: async () => ok(completed()),
  watchConference: async (_account, _sid, listener) => {
    listener(running());
    return ok(() => {});
  },
  participant: async (_account, _sid, sid) => ok(participant(sid)),
  callLabelled: async () => null,
  participants: async () => ok(onePage([participant(callSid('1')), participant(callSid('2'))])),
  updateParticipant: async (_account, _sid, sid) => ok(participant(sid)),
  announce: async () => ok(running()),
  removeParticipant: async () => ok(undefined),
  startRecording: async () => ok(recording()),
  updateRecording: async () => ok(recording()),
  recording: async () => ok(recording()),
  recordings: async () => ({ recordings: [recording()], next: null }),
  deleteRecording: async () => ok(undefined),
  openRecording: async (_account, _sid, part) => ok(mediaOf(part)),
  linkRecording: async (_account, sid, part, ttlSeconds) =>
    ok({ url: `https://parley.example/${sid}.${part}`, expiresAtMs: epochMs(ttlSeconds * 1000) }),
  journal: async () => ({ entries: [], missed: false }),
  newestCursor: async () => 0n,
  onCommit: () => () => {},
  listCallbacks: async () => ok({ entries: [], next: null }),
  replayCallbacks: async () => ok(0),
  dropCallbacks: async () => ok(0),
  noteWarnings: () => {},
  findings: () => ({ entries: [], next: null }),
  attachMedia: () => ok(noMedia),
  detachMedia: () => {},
  shards: () => [shard(0), shard(1)],
  drain: (withinMs) => ({
    ...drained,
    deadlineAtMs: withinMs === null ? null : epochMs(1_712_255_535_000 + withinMs),
  }),
  undrain: () => ok(undefined),
  drained: () => drained,
  capacity: () => ({ legs: 6, legsMax: 1000, conferences: 2, shards: 2, legsFree: 900, draining: false }),
  legStatistics: () =>
    ok({
      ...quietLeg,
      packetsReceived: 500,
      packetsSent: 499,
      packetsLost: -1,
      packetsLate: 2,
      packetsDuplicate: 3,
      framesConcealed: 4,
      jitterMs: 1.25,
      playoutDelayMs: 60,
      playout: {
        targetDelayMs: 60,
        clockDriftPpm: -12,
        gaps: 21,
        gapsRestored: 22,
        gapsFilled: 23,
        guessesByCodec: 24,
        guessesByPitch: 25,
        guessesOfNoise: 37,
        guessesFaded: 26,
        starvations: 27,
        spurtsAnchored: 28,
        speechShortenedMs: 29.5,
        quietShortenedMs: 30.5,
        speechLengthenedMs: 31.5,
        quietLengthenedMs: 32.5,
        clocksFollowed: 33,
        packetsOutrun: 34,
        packetsLeftOut: 35,
        restarts: 36,
      },
      inputLevelDbov: 20,
      outputLevelDbov: 21,
      clientLevelDbov: 30,
      packetsRecovered: 3,
      speaking: true,
      noiseDbov: 62,
      speechLevelDbov: 24,
      gainDb: -2.5,
      framesHeard: 400,
      framesSpeaking: 120,
      framesClipped: 7,
      framesLeftOut: 8,
      packetsOverflow: 9,
      remoteLossRatio: 0.25,
      remotePacketsLost: 11,
      quality: { r: 80, mos: 4.02, lossRatio: 0.01, burstRatio: 1.5, delayMs: 80 },
      remote: { host: '192.0.2.1', port: 4000 },
      srtpAuthFailed: 5,
      srtpReplayed: 6,
    }),
});

type Asked = { readonly name: keyof Application; readonly arguments: readonly unknown[] };

export type FakeApplication = {
  readonly application: Application;
  /** What it answers from now on. */
  readonly answers: Application;
  /** In the order of asking. */
  readonly asked: readonly Asked[];
  /** Arguments of the last call of `name`. */
  lastArguments(name: keyof Application): readonly unknown[];
};

export function fakeApplication(): FakeApplication {
  const answers = happyAnswers();
  const asked: Asked[] = [];
  const application = new Proxy(answers, {
    get: (target, name: keyof Application) => {
      return (...given: readonly unknown[]) => {
        asked.push({ name, arguments: given });
        return Reflect.apply(target[name], undefined, given);
      };
    },
  });
  const lastArguments = (name: keyof Application): readonly unknown[] =>
    asked.findLast((each) => each.name === name)?.arguments ?? [];
  return { application, answers, asked, lastArguments };
}

/** Callers with one-letter names, and the commands they would cause. */
import { assert } from '../../src/base/assert.js';
import type { AccountSid, CallSid, ConferenceSid } from '../../src/base/brands.js';
import { parseSid, type SidKind } from '../../src/base/sids.js';
import type { Trace } from '../../src/base/trace.js';
import type {
  JoinCommand,
  LeaveCause,
  LeaveCommand,
  NoteSpeechCommand,
  ParticipantChanges,
  UpdateParticipantCommand,
} from '../../src/conference/commands.js';
import { parseRoomName } from '../../src/conference/room-name.js';
import type { RoomRequest, StatusCallback, WaitAudio } from '../../src/conference/state.js';

/** A sid that ends in the letter's code, so that a failing test can be read. */
function sidOf<K extends SidKind>(kind: K, name: string) {
  const digits = [...name].map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  const sid = parseSid(kind, `00000000-0000-4000-8000-${digits.padStart(12, '0')}`);
  assert(sid !== null, 'names of callers are short');
  return sid;
}

export const accountSidOf = (name: string): AccountSid => sidOf('account', name);
export const conferenceSidOf = (name: string): ConferenceSid => sidOf('conference', name);
export const callSidOf = (name: string): CallSid => sidOf('call', name);

/** The letter of a call sid made by `callSidOf`. */
export const nameOf = (callSid: CallSid): string => String.fromCharCode(Number.parseInt(callSid.slice(-2), 16));

/** What came in over the wire, so to say. */
export const traced: Trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', isSampled: true };

export function roomNamed(text: string) {
  const room = parseRoomName(text);
  assert(room !== null, 'rooms of tests have good names');
  return room;
}

export const music: WaitAudio = { kind: 'default-music' };
export const silence: WaitAudio = { kind: 'silence' };
export const document = (url: string): WaitAudio => ({ kind: 'document', target: { url, method: 'POST' } });

export const tellAt = (url: string): StatusCallback => ({
  url,
  method: 'POST',
  events: ['start', 'end', 'join', 'leave'],
});

/** As `tellAt`, and of speech. */
export const tellOfSpeechAt = (url: string): StatusCallback => ({
  ...tellAt(url),
  events: [...tellAt(url).events, 'speaker'],
});

export const saysNothing: RoomRequest = {
  statusCallback: null,
  maxParticipants: null,
  region: null,
  eventCallbackUrl: null,
};

type Wishes = Partial<Omit<JoinCommand, 'kind' | 'callSid' | 'coach' | 'roomRequest'>> & {
  readonly coach?: string | null;
  readonly roomRequest?: Partial<RoomRequest>;
};

/** A join with the defaults of CONTRACT §1.2 and §2.1 but for `wishes`. */
export function join(name: string, { coach = null, roomRequest = {}, ...wishes }: Wishes = {}): JoinCommand {
  return {
    kind: 'join',
    accountSid: accountSidOf('acc'),
    room: roomNamed('Room 1234'),
    newConferenceSid: conferenceSidOf('conf1'),
    callSid: callSidOf(name),
    call: { from: '+15550100001', to: '+15550100099', direction: 'inbound' },
    label: null,
    muted: false,
    beep: 'true',
    startConferenceOnEnter: true,
    endConferenceOnExit: false,
    wait: music,
    coach: coach === null ? null : callSidOf(coach),
    timeLimitSeconds: 14_400,
    continuesAfterDial: false,
    roomRequest: { ...saysNothing, ...roomRequest },
    ...wishes,
  };
}

export const leave = (name: string, cause: LeaveCause = 'hung-up'): LeaveCommand => ({
  kind: 'leave',
  callSid: callSidOf(name),
  cause,
});

export const update = (name: string, changes: ParticipantChanges): UpdateParticipantCommand => ({
  kind: 'update-participant',
  callSid: callSidOf(name),
  changes,
});

export const speech = (name: string, speaking: boolean): NoteSpeechCommand => ({
  kind: 'note-speech',
  callSid: callSidOf(name),
  speaking,
});

export const end = { kind: 'end' } as const;

/** Live rooms of a test's making: who is in, how loud, and how well heard, as the test sets it. */
import type { LiveLeg, LiveRecording, LiveRooms } from '../../src/app/status/live-rooms.js';
import { type AccountSid, type CallSid, epochMs } from '../../src/base/brands.js';
import type { LiveConference, Participant } from '../../src/conference/state.js';
import type { LegMedia } from '../../src/media/engine-port.js';
import type { LegStatistics } from '../../src/media/leg-statistics.js';
import { accountSidOf, callSidOf, conferenceSidOf, music, roomNamed, saysNothing } from './callers.js';
import { quietLeg } from './leg-statistics.js';

export const liveParticipant = (name: string, changes: Partial<Participant> = {}): Participant => ({
  callSid: callSidOf(name),
  call: { from: '+15550100001', to: '+15550100099', direction: 'inbound' },
  label: name,
  joinedAtMs: epochMs(1_000_000),
  updatedAtMs: epochMs(1_000_000),
  timeLimitAtMs: epochMs(15_400_000),
  muted: false,
  hold: null,
  wait: music,
  beep: 'true',
  startConferenceOnEnter: true,
  endConferenceOnExit: false,
  coaching: null,
  speaking: false,
  continuesAfterDial: false,
  ...changes,
});

export const liveConference = (
  name: string,
  participants: readonly Participant[],
  changes: { readonly accountSid?: AccountSid; readonly createdAtMs?: number } = {},
): LiveConference => ({
  phase: 'in-progress',
  accountSid: changes.accountSid ?? accountSidOf('acc'),
  conferenceSid: conferenceSidOf(name),
  room: roomNamed(`Room ${name}`),
  createdAtMs: epochMs(changes.createdAtMs ?? 1_000_000),
  updatedAtMs: epochMs(1_000_000),
  startedAtMs: epochMs(1_000_000),
  settings: saysNothing,
  participants: new Map(participants.map((participant) => [participant.callSid, participant])),
});

const lane: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 60 };

export class SetRooms implements LiveRooms {
  all: readonly LiveConference[] = [];
  /** Of the whole conference, whichever. */
  recorded: LiveRecording = 'none';
  /** What differs from a quiet leg, and how its media comes. */
  readonly legs = new Map<CallSid, Partial<LegStatistics> & { readonly media?: LegMedia }>();
  /** Legs looked at so far. */
  looks = 0;

  conferences(accountSid: AccountSid | null): readonly LiveConference[] {
    return this.all.filter((each) => accountSid === null || each.accountSid === accountSid);
  }
  conference(accountSid: AccountSid, sid: string): LiveConference | null {
    return this.conferences(accountSid).find(({ conferenceSid }) => conferenceSid === sid) ?? null;
  }
  ownerOf(sid: string): AccountSid | null {
    return this.all.find(({ conferenceSid }) => conferenceSid === sid)?.accountSid ?? null;
  }
  recording(): LiveRecording {
    return this.recorded;
  }
  leg(_accountSid: AccountSid, callSid: CallSid): LiveLeg | null {
    this.looks += 1;
    const isIn = this.all.some(({ participants }) => participants.has(callSid));
    const { media = lane, ...statistics } = this.legs.get(callSid) ?? {};
    return isIn ? { media, statistics: { ...quietLeg, ...statistics } } : null;
  }
}

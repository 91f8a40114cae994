/**
 * What goes on now, for whoever looks at the status page: from memory alone, without the store, so that it may be asked
 * often. An account is shown what is its own; who may see more is for the face to know.
 */
import type { AccountSid, CallSid, ConferenceSid } from '../../base/brands.js';
import { type LiveConference, liveOf } from '../../conference/state.js';
import type { EnginePort, LegMedia } from '../../media/engine-port.js';
import type { LegStatistics } from '../../media/leg-statistics.js';
import { currentOf } from '../../recordings/follow.js';
import type { Calls } from '../calls/calls.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';

export type LiveRecording = 'none' | 'in-progress' | 'paused';

export type LiveLeg = {
  readonly media: LegMedia;
  /** Since it was opened. */
  readonly statistics: LegStatistics;
};

export interface LiveRooms {
  /** Those of the account, or of all with null. */
  conferences(accountSid: AccountSid | null): readonly LiveConference[];
  /** Null: there is none that lives, or it is another account's. A state that has not changed is the same object. */
  conference(accountSid: AccountSid, sid: ConferenceSid): LiveConference | null;
  /** Whose conference it is, if it lives. */
  ownerOf(sid: ConferenceSid): AccountSid | null;
  /** The recording of the whole conference. */
  recording(accountSid: AccountSid, sid: ConferenceSid): LiveRecording;
  /** Null once the call is over. */
  leg(accountSid: AccountSid, callSid: CallSid): LiveLeg | null;
}

export type LiveRoomsParts = {
  readonly registry: Pick<ConferenceRegistry, 'live' | 'find'>;
  readonly calls: Pick<Calls, 'live'>;
  readonly engine: Pick<EnginePort, 'statistics'>;
};

export function liveRooms({ registry, calls, engine }: LiveRoomsParts): LiveRooms {
  const all = (): readonly LiveConference[] => registry.live().flatMap((runner) => liveOf(runner.state()) ?? []);
  return {
    conferences: (accountSid) =>
      accountSid === null ? all() : all().filter((conference) => conference.accountSid === accountSid),
    conference(accountSid, sid) {
      const runner = registry.find(accountSid, sid);
      return runner === null ? null : liveOf(runner.state());
    },
    ownerOf: (sid) => all().find(({ conferenceSid }) => conferenceSid === sid)?.accountSid ?? null,
    recording(accountSid, sid) {
      const runner = registry.find(accountSid, sid);
      const current = runner === null ? null : currentOf(runner.recordings().all());
      if (current === null) return 'none';
      return current.life.status === 'paused' ? 'paused' : 'in-progress';
    },
    leg(accountSid, callSid) {
      const call = calls.live(accountSid, callSid);
      const statistics = call === null ? null : engine.statistics(call.leg);
      return call === null || statistics === null ? null : { media: call.media, statistics };
    },
  };
}

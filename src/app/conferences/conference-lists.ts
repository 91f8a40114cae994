/** What lists of conferences and participants are asked for, and show (CONTRACT §7.3, §7.4). Null: any. */
import type { ConferenceSid, EpochMs, RoomName } from '../../base/brands.js';
import type { LeftReason } from '../../conference/events.js';
import type { CompletedConference, LiveConference, Participant } from '../../conference/state.js';

/** A live conference with everybody in it, or one that is over (kept up to a bound). */
export type ConferenceView = LiveConference | CompletedConference;

/** A conference as a list shows it: how many are in it, and not who, which nobody asks of a thousand at once. */
export type ConferenceSummary = WithoutParticipants<ConferenceView> & { readonly participantCount: number };

type WithoutParticipants<C> = C extends LiveConference ? Omit<C, 'participants'> : C;

export function summaryOf(view: ConferenceView): ConferenceSummary {
  if (view.phase === 'completed') return { ...view, participantCount: 0 };
  const { participants, ...rest } = view;
  return { ...rest, participantCount: participants.size };
}

export type ConferenceFilter = {
  readonly room: RoomName | null;
  readonly status: 'init' | 'in-progress' | 'completed' | null;
  readonly createdFromMs: EpochMs | null;
  readonly createdUntilMs: EpochMs | null;
  readonly updatedFromMs: EpochMs | null;
  readonly updatedUntilMs: EpochMs | null;
};

/** How a participant left its conference. */
export type Left = { readonly atMs: EpochMs; readonly reason: LeftReason };

/** One who is in, or was, as it was when it left. */
export type KnownParticipant = Participant & {
  /** Null while it is in. */
  readonly left: Left | null;
};

export type ParticipantView = KnownParticipant & { readonly conferenceSid: ConferenceSid };

export type ParticipantFilter = {
  readonly muted: boolean | null;
  readonly held: boolean | null;
  readonly coaching: boolean | null;
  /** Also those who have left, as they were when they did: the newest `leftParticipantsMax` of them. */
  readonly includesLeft: boolean;
};

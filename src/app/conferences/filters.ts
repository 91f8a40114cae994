/** What lists show of conferences, participants and calls (CONTRACT §7.3, §7.4); a null filter lets all through. */
import type { EpochMs } from '../../base/brands.js';
import type { Participant } from '../../conference/state.js';
import type { CallFilter, CallView } from '../application.js';
import type { Position } from '../paging.js';
import type { ConferenceFilter, ConferenceView, ParticipantFilter } from './conference-lists.js';

const isWithin = (atMs: EpochMs, fromMs: EpochMs | null, untilMs: EpochMs | null): boolean =>
  (fromMs === null || atMs >= fromMs) && (untilMs === null || atMs <= untilMs);

export function conferenceMatches(view: ConferenceView, filter: ConferenceFilter): boolean {
  return (
    (filter.room === null || view.room === filter.room) &&
    (filter.status === null || view.phase === filter.status) &&
    isWithin(view.createdAtMs, filter.createdFromMs, filter.createdUntilMs) &&
    isWithin(view.updatedAtMs, filter.updatedFromMs, filter.updatedUntilMs)
  );
}

export function participantMatches(participant: Participant, filter: ParticipantFilter): boolean {
  return (
    (filter.muted === null || participant.muted === filter.muted) &&
    (filter.held === null || (participant.hold !== null) === filter.held) &&
    (filter.coaching === null || (participant.coaching !== null) === filter.coaching)
  );
}

/** Where they stand in their lists. */
export const conferencePosition = ({
  createdAtMs,
  conferenceSid,
}: Pick<ConferenceView, 'createdAtMs' | 'conferenceSid'>): Position => ({
  atMs: createdAtMs,
  sid: conferenceSid,
});
export const participantPosition = ({ joinedAtMs, callSid }: Participant): Position => ({
  atMs: joinedAtMs,
  sid: callSid,
});

export function callMatches({ call, status, startedAtMs, endedAtMs }: CallView, filter: CallFilter): boolean {
  const asksOfEnd = filter.endedFromMs !== null || filter.endedUntilMs !== null;
  return (
    (filter.from === null || call.from === filter.from) &&
    (filter.to === null || call.to === filter.to) &&
    (filter.status === null || status === filter.status) &&
    isWithin(startedAtMs, filter.startedFromMs, filter.startedUntilMs) &&
    (!asksOfEnd || (endedAtMs !== null && isWithin(endedAtMs, filter.endedFromMs, filter.endedUntilMs)))
  );
}

/**
 * The life of a call beside what its conference says: it begins with its first join and ends with a leave it does not
 * survive.
 */
import type { Event } from '../../conference/events.js';
import type { CallEvent } from '../ports.js';

/** `wasDialed`: the call that joins was in another conference before. */
export function withCallEvents(events: readonly Event[], wasDialed = false): readonly (Event | CallEvent)[] {
  const dialed: CallEvent[] = [];
  const happened = events.flatMap((event): readonly (Event | CallEvent)[] => {
    if (event.kind === 'participant-joined' && !wasDialed) {
      dialed.push({ kind: 'call-dialed', callSid: event.participant.callSid, atMs: event.atMs });
    }
    return event.kind === 'participant-left' && !event.callContinues
      ? [event, { kind: 'call-completed', callSid: event.callSid, atMs: event.atMs }]
      : [event];
  });
  return [...dialed, ...happened];
}

/**
 * The life of a call beside what its conference says: it begins with the join and ends with a leave it does not
 * survive.
 */
import type { Event } from '../conference/events.js';
import type { CallEvent } from './ports.js';

export function withCallEvents(events: readonly Event[]): readonly (Event | CallEvent)[] {
  const dialed: CallEvent[] = [];
  const happened = events.flatMap((event): readonly (Event | CallEvent)[] => {
    if (event.kind === 'participant-joined') {
      dialed.push({ kind: 'call-dialed', callSid: event.participant.callSid, atMs: event.atMs });
    }
    return event.kind === 'participant-left' && !event.callContinues
      ? [event, { kind: 'call-completed', callSid: event.callSid, atMs: event.atMs }]
      : [event];
  });
  return [...dialed, ...happened];
}

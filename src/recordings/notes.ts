/** What the timeline of a recording is told of its conference. */
import type { Event } from '../conference/events.js';
import type { Participant } from '../conference/state.js';
import type { TimelineNote } from './course.js';

export function notesOf(events: readonly Event[]): readonly TimelineNote[] {
  return events.flatMap((event): readonly TimelineNote[] => {
    switch (event.kind) {
      case 'participant-joined':
        return notesOfParticipant(event.participant);
      case 'participant-left':
        return [{ what: 'leave', who: event.callSid }];
      case 'participant-muted':
        return [{ what: event.muted ? 'mute' : 'unmute', who: event.callSid }];
      case 'participant-held':
        return [{ what: event.hold === null ? 'unhold' : 'hold', who: event.callSid }];
      case 'participant-modified': {
        const { coaching } = event.changes;
        return coaching === undefined ? [] : [{ what: coaching === null ? 'uncoach' : 'coach', who: event.callSid }];
      }
      default:
        return [];
    }
  });
}

/** Of one who is in when the recording begins, or comes in. */
export function notesOfParticipant({
  callSid: who,
  label,
  muted,
  hold,
  coaching,
}: Participant): readonly TimelineNote[] {
  return [
    { what: 'join', who, ...(label === null ? {} : { label }) },
    ...(muted ? [{ what: 'mute', who }] : []),
    ...(hold === null ? [] : [{ what: 'hold', who }]),
    ...(coaching === null ? [] : [{ what: 'coach', who }]),
  ];
}

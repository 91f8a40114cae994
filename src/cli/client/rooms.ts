/** `parley rooms`: what is going on, and who is in it; `mute`, `kick` and `end` do something to that. */
import type { Conference } from '../../client/conference.js';
import type { Parley } from '../../client/parley.js';
import { ConferenceStatus } from '../../gen/parley/v1/conference_pb.js';
import type { Participant } from '../../gen/parley/v1/participant_pb.js';
import { type ConnectionOptions, type Write, withParley } from './connection.js';

/** One line a conference that lives, and with `room` one for each who is in. */
export const rooms = (options: ConnectionOptions & { readonly room?: string }, write: Write): Promise<boolean> =>
  withParley(options, async (parley) => {
    const { room } = options;
    for (const conference of await parley.conferences(room === undefined ? {} : { room })) {
      const { sid, roomName, status, participantCount } = conference;
      const state = status === ConferenceStatus.IN_PROGRESS ? 'in progress' : 'waits';
      write([sid, state, `${participantCount} in it`, roomName].join('  '));
      if (room === undefined) continue;
      for (const participant of await parley.conference(sid).participants()) write(lineOf(participant));
    }
  });

function lineOf({ callSid, label, muted, hold, coaching, speaking }: Participant): string {
  const states = Object.entries({ muted, 'on hold': hold, coaching, speaking }).flatMap(([state, is]) =>
    is ? [state] : [],
  );
  return ['', callSid, label ?? '-', states.join(', ')].join('  ').trimEnd();
}

export type Act = 'mute' | 'unmute' | 'kick';

/** To one call of the conference that lives in a room. */
export const act = (options: ConnectionOptions, does: Act, room: string, callSid: string): Promise<boolean> =>
  withParley(options, async (parley) => {
    const conference = await living(parley, room);
    if (does === 'kick') await conference.kick(callSid);
    else await conference.mute(callSid, does === 'mute');
  });

/** Everybody out. */
export const end = (options: ConnectionOptions, room: string): Promise<boolean> =>
  withParley(options, async (parley) => (await living(parley, room)).end());

async function living(parley: Parley, room: string): Promise<Conference> {
  const conference = await parley.find(room);
  if (conference === null) throw new Error(`there is no conference in ${room}`);
  return conference;
}

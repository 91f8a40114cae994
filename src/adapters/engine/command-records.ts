/** Commands as the records the engine reads: slots instead of names, and what the shard was configured with. */
import { assertNever } from '../../base/assert.js';
import { hears, none, sends } from '../../media/engine-layout.js';
import type { EngineCommand, LegId, LegRoute, MixRoomId } from '../../media/engine-port.js';
import type { CommandRecord } from './command-ring.js';
import { digitsFields, legMediaFields } from './leg-records.js';
import type { Players } from './players.js';
import type { Recorders } from './recorders.js';
import type { LegUse, RoomUse, ShardParts } from './shard-parts.js';
import type { Sessions } from './srtp-sessions.js';
import { rankingFields, voiceFields } from './voice-records.js';

/** What a shard holds. Both functions REQUIRE what is asked for to be reserved. */
export type Holdings = {
  readonly leg: (id: LegId) => LegUse;
  readonly room: (id: MixRoomId) => RoomUse;
  readonly players: Players;
  readonly recorders: Recorders;
  /** Found for the updates of this batch. */
  readonly sessions: Sessions;
  readonly parts: ShardParts;
};

/** One for each command, and for a leg that is opened another about its voice. */
export function commandRecords(command: EngineCommand, held: Holdings): readonly CommandRecord[] {
  const record = commandRecord(command, held);
  if (command.kind !== 'open-leg') return [record];
  const fields = voiceFields(held.parts.speech, command.media);
  return [record, { kind: 'set_voice', leg: held.leg(command.leg).slot, fields }];
}

function commandRecord(command: EngineCommand, held: Holdings): CommandRecord {
  const { leg, room, players, recorders, sessions, parts } = held;
  switch (command.kind) {
    case 'open-room': {
      const { slot, phase } = room(command.room);
      const fields = { room: slot.slot, rate_hz: command.rateHz, phase, ...rankingFields(parts.ranking) };
      return { kind: 'open_room', fields };
    }
    case 'set-room-rate':
      return { kind: 'set_room_rate', fields: { room: room(command.room).slot.slot, rate_hz: command.rateHz } };
    case 'close-room':
      return { kind: 'close_room', fields: { room: room(command.room).slot.slot } };
    case 'limit-effort': {
      const { opusComplexityMax, rankedAboveMax, talkersMax } = command.effort;
      const fields = {
        opus_complexity_max: opusComplexityMax,
        ranked_above_max: rankedAboveMax ?? none,
        talkers_max: talkersMax,
      };
      return { kind: 'limit_effort', fields };
    }
    case 'open-leg': {
      const opened = leg(command.leg);
      const fields = legMediaFields(command.media, opened, opened.srtp.id(), parts);
      return { kind: 'open_leg', leg: opened.slot, fields };
    }
    case 'update-leg': {
      const updated = leg(command.leg);
      const session = sessions.get(updated.srtp)?.id ?? updated.srtp.id();
      return { kind: 'update_leg', leg: updated.slot, fields: legMediaFields(command.media, updated, session, parts) };
    }
    case 'route-leg': {
      const fields = {
        room: command.room === null ? none : room(command.room).slot.slot,
        ...routeFields(command.route, held),
      };
      return { kind: 'route_leg', leg: leg(command.leg).slot, fields };
    }
    case 'close-leg':
      return { kind: 'close_leg', leg: leg(command.leg).slot, fields: {} };
    case 'open-player':
    case 'close-player':
      return players.record(command);
    case 'play-to-room': {
      const fields = {
        room: room(command.room).slot.slot,
        ...players.fields(command.player),
        except: command.except === null ? none : leg(command.except).slot.slot,
      };
      return { kind: 'play_to_room', fields };
    }
    case 'open-recorder':
    case 'set-recorder':
    case 'close-recorder':
      return recorders.record(command, { leg: (id) => leg(id).slot, room: (id) => room(id).slot });
    case 'send-digits':
      return { kind: 'send_digits', leg: leg(command.leg).slot, fields: digitsFields(command.digits) };
    default:
      return assertNever(command);
  }
}

function routeFields(route: LegRoute, { leg, players }: Holdings): Readonly<Record<string, number>> {
  const whisperTo = route.sends.kind === 'whisper' ? leg(route.sends.to).slot.slot : none;
  const played = players.routeFields(route.players);
  return { sends: sends[route.sends.kind], whisper_to: whisperTo, hears: hears[route.hears], ...played };
}

/** Commands as the records the engine reads: slots instead of names, and what the shard was configured with. */
import { assertNever } from '../../base/assert.js';
import { hears, none, sends } from '../../media/engine-layout.js';
import type { EngineCommand, LegId, LegRoute, MixRoomId } from '../../media/engine-port.js';
import type { CommandRecord } from './command-ring.js';
import { digitsFields, legMediaFields } from './leg-records.js';
import type { Players } from './players.js';
import type { Recorders } from './recorders.js';
import type { LegUse, RoomUse, ShardParts } from './shard-parts.js';
import type { Slot } from './slots.js';
import type { Sessions } from './srtp-sessions.js';
import { rankingFields, voiceFields } from './voice-records.js';

/** A leg of a room that spans shards, on another of them. */
export type LegAbroad = Slot & { readonly member: number };
export type Abroad = (leg: LegId) => LegAbroad | null;
export const nobodyAbroad: Abroad = () => null;

/** What a shard is told. Of a room that spans shards it is named its own; `span` of null: that is all of it again. */
export type ShardCommand =
  | EngineCommand
  | {
      readonly kind: 'span-room';
      readonly room: MixRoomId;
      readonly span: number | null;
      readonly member: number;
    };

/** What a shard holds. All but the first REQUIRE what is asked for to be reserved. */
export type Holdings = {
  /** Null: it is not on this shard, or gone. */
  readonly find: (id: LegId) => LegUse | null;
  readonly abroad: Abroad;
  readonly leg: (id: LegId) => LegUse;
  readonly room: (id: MixRoomId) => RoomUse;
  readonly players: Players;
  readonly recorders: Recorders;
  /** Found for the updates of this batch. */
  readonly sessions: Sessions;
  readonly parts: ShardParts;
};

/** One for each command, and for a leg that is opened another about its voice. */
export function commandRecords(command: ShardCommand, held: Holdings): readonly CommandRecord[] {
  const record = commandRecord(command, held);
  if (command.kind !== 'open-leg') return [record];
  const fields = voiceFields(held.parts.speech, command.media);
  return [record, { kind: 'set_voice', leg: held.leg(command.leg).slot, fields }];
}

function commandRecord(command: ShardCommand, held: Holdings): CommandRecord {
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
        ...exceptFields(command.except, held),
      };
      return { kind: 'play_to_room', fields };
    }
    case 'open-recorder':
    case 'set-recorder':
    case 'close-recorder':
      return recorders.record(command, { leg: (id) => leg(id).slot, room: (id) => room(id).slot });
    case 'span-room': {
      const { slot } = room(command.room);
      const fields = { room: slot.slot, span: command.span ?? none, member: command.member };
      return { kind: 'span_room', fields };
    }
    case 'send-digits':
      return { kind: 'send_digits', leg: leg(command.leg).slot, fields: digitsFields(command.digits) };
    default:
      return assertNever(command);
  }
}

function routeFields(route: LegRoute, held: Holdings): Readonly<Record<string, number>> {
  const to = route.sends.kind === 'whisper' ? placeOf(route.sends.to, held) : nowhere;
  const whisper = { whisper_to: to.slot, whisper_member: to.member, whisper_generation: to.generation };
  const played = held.players.routeFields(route.players);
  return { sends: sends[route.sends.kind], ...whisper, hears: hears[route.hears], ...played };
}

function exceptFields(except: LegId | null, held: Holdings): Readonly<Record<string, number>> {
  const place = except === null ? nowhere : placeOf(except, held);
  return { except: place.slot, except_member: place.member, except_generation: place.generation };
}

const nowhere = { slot: none, member: 0, generation: 0 };

/** As records name a leg: by its slot on this shard, else by member (counted from 1), slot and generation. */
function placeOf(id: LegId, { find, leg, abroad }: Holdings): typeof nowhere {
  const there = find(id) === null ? abroad(id) : null;
  if (there === null) return { slot: leg(id).slot.slot, member: 0, generation: 0 };
  return { slot: there.slot, member: 1 + there.member, generation: there.generation };
}

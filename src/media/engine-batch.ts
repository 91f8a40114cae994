/**
 * What must be said to the engine to get from one picture of a room to the next. One batch holds all of it, so a join
 * with its mute and its coaching, or a start with everybody's routes, is applied at the edge of one tick: no frame
 * leaks in between (DESIGN §5.3).
 */
import { assert } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import type {
  ClipId,
  EngineCommand,
  LegId,
  LegMedia,
  LegPlayers,
  LegRoute,
  MixRoomId,
  PlayerId,
  RecorderId,
  RecorderMode,
  RecorderSource,
} from './engine-port.js';
import type { MixPlan, Route } from './mix-plan.js';
import { type RoomRateHz, roomRate } from './room-rate.js';

/** The place a call's media has in the engine. */
export type CallLeg = { readonly leg: LegId; readonly media: LegMedia };

/** A player of one room. All of it is told when it begins: another sound is another player. */
export type RoomPlayer = {
  readonly clip: ClipId;
  /** 0: without end. */
  readonly loops: number;
  /** All who hear the room hear it, but for this leg, which is in it; null: it is for those whose routes name it. */
  readonly inRoom: { readonly except: LegId | null } | null;
};

/** What is played besides what people say. */
export type RoomSounds = {
  /** Begun and ended with this room's batches; reserved before. */
  readonly players: ReadonlyMap<PlayerId, RoomPlayer>;
  /** By call of the plan, what it alone is played: of these players, or of others that are open. */
  readonly heardBy: ReadonlyMap<CallSid, LegPlayers>;
};

/** A recorder of one room, reserved before; begun, paused and ended with this room's batches. */
export type RoomRecorder = {
  /** Of the room, or of the leg of a call of the plan. */
  readonly source:
    | { readonly kind: 'mix' }
    | { readonly kind: 'inbound' | 'outbound' | 'both'; readonly callSid: CallSid };
  readonly mode: RecorderMode;
};

export type RoomRecorders = ReadonlyMap<RecorderId, RoomRecorder>;

export const noRecorders: RoomRecorders = new Map();

export const noSounds: RoomSounds = { players: new Map(), heardBy: new Map() };

/** What the engine has been told of one room, or is to be told. */
export type RoomPicture = {
  /** What is needed; a room may be held at more. */
  readonly rateHz: RoomRateHz;
  readonly legs: ReadonlyMap<LegId, PicturedLeg>;
  readonly players: ReadonlyMap<PlayerId, RoomPlayer>;
  readonly recorders: ReadonlyMap<RecorderId, PicturedRecorder>;
};

export type PicturedLeg = { readonly media: LegMedia; readonly route: LegRoute };

export type PicturedRecorder = { readonly source: RecorderSource; readonly mode: RecorderMode };

/** Legs that are open while their call is in no room, and of whose coming or going the engine is still to be told. */
export type MovingLegs = {
  /** Open already, and in the room from now on. */
  readonly arriving: ReadonlySet<LegId>;
  /** No longer in the room, and open all the same. */
  readonly parting: ReadonlyMap<LegId, LegMedia>;
  /** Open, never told to be in the room, and their call is over. */
  readonly ending: ReadonlySet<LegId>;
};

export const nobodyMoves: MovingLegs = { arriving: new Set(), parting: new Map(), ending: new Set() };

const nothingAlone: LegPlayers = [];

const apart: LegRoute = { sends: { kind: 'nobody' }, hears: 'silence', players: nothingAlone };

/**
 * Null when nobody is in: the room is not open. `legs` has the leg of every call of the plan. The recorder of a call
 * that is not in ends. Legs that are as `before` are the same objects.
 */
export function roomPicture(
  plan: MixPlan,
  legs: ReadonlyMap<CallSid, CallLeg>,
  { players, heardBy }: RoomSounds = noSounds,
  recorders: RoomRecorders = noRecorders,
  before: RoomPicture | null = null,
): RoomPicture | null {
  if (plan.size === 0) return null;
  const legOf = (callSid: CallSid): CallLeg => {
    const leg = legs.get(callSid);
    assert(leg !== undefined, 'every participant has a leg');
    return leg;
  };
  const pictured = new Map<LegId, PicturedLeg>();
  for (const [callSid, route] of plan) {
    const { leg, media } = legOf(callSid);
    const now = { media, route: legRoute(route, legOf, heardBy.get(callSid) ?? nothingAlone) };
    const known = before?.legs.get(leg);
    pictured.set(leg, known !== undefined && isSameLeg(known, now) ? known : now);
  }
  const rateHz = roomRate([...pictured.values()].map(({ media }) => media.rateHz));
  return { rateHz, legs: pictured, players, recorders: pictureRecorders(recorders, plan, legOf) };
}

const nonePictured: RoomPicture['recorders'] = new Map();

function pictureRecorders(
  recorders: RoomRecorders,
  plan: MixPlan,
  legOf: (callSid: CallSid) => CallLeg,
): RoomPicture['recorders'] {
  if (recorders.size === 0) return nonePictured;
  const pictured = new Map<RecorderId, PicturedRecorder>();
  for (const [id, { source, mode }] of recorders) {
    if (source.kind === 'mix') pictured.set(id, { source: { kind: 'mix' }, mode });
    else if (plan.has(source.callSid)) {
      pictured.set(id, { source: { kind: source.kind, leg: legOf(source.callSid).leg }, mode });
    }
  }
  return pictured;
}

/**
 * Empty when the two are alike. Legs and players are opened before anything names them, and closed when nothing does.
 */
export function engineBatch(
  room: MixRoomId,
  before: RoomPicture | null,
  after: RoomPicture | null,
  { arriving, parting, ending }: MovingLegs = nobodyMoves,
): readonly EngineCommand[] {
  const batch: EngineCommand[] = [];
  if (after !== null) {
    if (before === null) batch.push({ kind: 'open-room', room, rateHz: after.rateHz });
    else if (before.rateHz !== after.rateHz) batch.push({ kind: 'set-room-rate', room, rateHz: after.rateHz });
    for (const [leg, { media }] of after.legs) {
      const known = before?.legs.get(leg);
      if (known === undefined) {
        if (!arriving.has(leg)) batch.push({ kind: 'open-leg', leg, media });
      } else if (known.media !== media && media.transport === 'rtp') batch.push({ kind: 'update-leg', leg, media });
    }
    for (const [player, { clip, loops, inRoom }] of after.players) {
      if (before?.players.has(player) === true) continue;
      batch.push({ kind: 'open-player', player, clip, loops });
      if (inRoom !== null) batch.push({ kind: 'play-to-room', room, player, except: inRoom.except });
    }
    for (const [leg, { route }] of after.legs) {
      const known = before?.legs.get(leg);
      if (known === undefined || !isSameRoute(known.route, route)) batch.push({ kind: 'route-leg', leg, room, route });
    }
  }
  batch.push(...recorderCommands(room, before?.recorders ?? new Map(), after?.recorders ?? new Map()));
  for (const leg of before?.legs.keys() ?? []) {
    if (after?.legs.has(leg) === true) continue;
    batch.push(parting.has(leg) ? { kind: 'route-leg', leg, room: null, route: apart } : { kind: 'close-leg', leg });
  }
  for (const leg of ending) batch.push({ kind: 'close-leg', leg });
  // The engine has not heard of these yet, and they stay all the same.
  for (const [leg, media] of parting) if (before?.legs.has(leg) !== true) batch.push({ kind: 'open-leg', leg, media });
  for (const player of before?.players.keys() ?? []) {
    if (after?.players.has(player) !== true) batch.push({ kind: 'close-player', player });
  }
  if (before !== null && after === null) batch.push({ kind: 'close-room', room });
  return batch;
}

function recorderCommands(
  room: MixRoomId,
  before: RoomPicture['recorders'],
  after: RoomPicture['recorders'],
): readonly EngineCommand[] {
  const batch: EngineCommand[] = [];
  for (const [recorder, { source, mode }] of after) {
    const known = before.get(recorder);
    if (known === undefined) batch.push({ kind: 'open-recorder', recorder, room, source, mode });
    else if (known.mode !== mode) batch.push({ kind: 'set-recorder', recorder, mode });
  }
  for (const recorder of before.keys()) {
    if (!after.has(recorder)) batch.push({ kind: 'close-recorder', recorder });
  }
  return batch;
}

/** Whoever listens to audio of their own gets nothing of the room. */
function legRoute(route: Route, legOf: (callSid: CallSid) => CallLeg, players: LegPlayers): LegRoute {
  const hears = route.hears.kind === 'room' ? 'room' : 'silence';
  if (route.sends.kind !== 'whisper') return { sends: route.sends, hears, players };
  return { sends: { kind: 'whisper', to: legOf(route.sends.target).leg }, hears, players };
}

const isSameLeg = (a: PicturedLeg, b: PicturedLeg): boolean => a.media === b.media && isSameRoute(a.route, b.route);

function isSameRoute(a: LegRoute, b: LegRoute): boolean {
  if (a.hears !== b.hears || a.sends.kind !== b.sends.kind) return false;
  if (a.players[0] !== b.players[0] || a.players[1] !== b.players[1]) return false;
  return a.sends.kind !== 'whisper' || b.sends.kind !== 'whisper' || a.sends.to === b.sends.to;
}

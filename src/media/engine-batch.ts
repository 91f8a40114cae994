/**
 * What must be said to the engine to get from one picture of a room to the next. One batch holds all of it, so a join
 * with its mute and its coaching, or a start with everybody's routes, is applied at the edge of one tick: no frame
 * leaks in between (DESIGN §5.3).
 */
import { assert } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import type { EngineCommand, LegId, LegMedia, LegRoute, MixRoomId } from './engine-port.js';
import type { MixPlan, Route } from './mix-plan.js';
import { type RoomRateHz, roomRate } from './room-rate.js';

/** The place a call's media has in the engine. */
export type CallLeg = { readonly leg: LegId; readonly media: LegMedia };

/** What the engine has been told of one room, or is to be told. */
export type RoomPicture = {
  /** What is needed; a room may be held at more. */
  readonly rateHz: RoomRateHz;
  readonly legs: ReadonlyMap<LegId, { readonly media: LegMedia; readonly route: LegRoute }>;
};

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

const apart: LegRoute = { sends: { kind: 'nobody' }, hears: 'silence' };

/** Null when nobody is in: the room is not open. `legs` has the leg of every call of the plan. */
export function roomPicture(plan: MixPlan, legs: ReadonlyMap<CallSid, CallLeg>): RoomPicture | null {
  if (plan.size === 0) return null;
  const legOf = (callSid: CallSid): CallLeg => {
    const leg = legs.get(callSid);
    assert(leg !== undefined, 'every participant has a leg');
    return leg;
  };
  const pictured = new Map(
    [...plan].map(([callSid, route]) => {
      const { leg, media } = legOf(callSid);
      return [leg, { media, route: legRoute(route, legOf) }];
    }),
  );
  return { rateHz: roomRate([...pictured.values()].map(({ media }) => media.rateHz)), legs: pictured };
}

/** Empty when the two are alike. Legs are opened before they are routed to, and closed when nothing names them. */
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
    for (const [leg, { route }] of after.legs) {
      const known = before?.legs.get(leg);
      if (known === undefined || !isSameRoute(known.route, route)) batch.push({ kind: 'route-leg', leg, room, route });
    }
  }
  for (const leg of before?.legs.keys() ?? []) {
    if (after?.legs.has(leg) === true) continue;
    batch.push(parting.has(leg) ? { kind: 'route-leg', leg, room: null, route: apart } : { kind: 'close-leg', leg });
  }
  for (const leg of ending) batch.push({ kind: 'close-leg', leg });
  // The engine has not heard of these yet, and they stay all the same.
  for (const [leg, media] of parting) if (before?.legs.has(leg) !== true) batch.push({ kind: 'open-leg', leg, media });
  if (before !== null && after === null) batch.push({ kind: 'close-room', room });
  return batch;
}

/** Whoever listens to audio of their own gets nothing of the room. */
function legRoute(route: Route, legOf: (callSid: CallSid) => CallLeg): LegRoute {
  const hears = route.hears.kind === 'room' ? 'room' : 'silence';
  if (route.sends.kind !== 'whisper') return { sends: route.sends, hears };
  return { sends: { kind: 'whisper', to: legOf(route.sends.target).leg }, hears };
}

function isSameRoute(a: LegRoute, b: LegRoute): boolean {
  if (a.hears !== b.hears || a.sends.kind !== b.sends.kind) return false;
  return a.sends.kind !== 'whisper' || b.sends.kind !== 'whisper' || a.sends.to === b.sends.to;
}

import { describe, expect, it } from 'vitest';
import { callSidOf, join, leave, update } from '../../test/support/callers.js';
import { ConferenceScript } from '../../test/support/conference-script.js';
import type { CallSid } from '../base/brands.js';
import type { Command } from '../conference/commands.js';
import {
  type CallLeg,
  engineBatch,
  type MovingLegs,
  nobodyMoves,
  noRecorders,
  noSounds,
  type RoomPicture,
  type RoomPlayer,
  type RoomRecorder,
  type RoomSounds,
  roomPicture,
} from './engine-batch.js';
import type {
  ClipId,
  EngineCommand,
  LegId,
  LegMedia,
  LegPlayers,
  MixRoomId,
  PlayerId,
  RecorderId,
} from './engine-port.js';
import { mixPlan } from './mix-plan.js';

const room = 'room' as MixRoomId;
const narrow: LegMedia = { transport: 'lane', codec: 'pcmu', rateHz: 8000, jitterMs: 40 };
const wide: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 40 };

const legsOf = (wideband: string): ReadonlyMap<CallSid, CallLeg> =>
  new Map(
    [...'ABCD'].map((name) => [
      callSidOf(name),
      { leg: name as LegId, media: wideband.includes(name) ? wide : narrow },
    ]),
  );

/** `open A`, `route A room←room`: a batch at a glance. */
function inWords(command: EngineCommand): string {
  switch (command.kind) {
    case 'open-room':
    case 'set-room-rate':
      return `${command.kind} ${command.rateHz}`;
    case 'close-room':
      return 'close-room';
    case 'route-leg': {
      const { sends, hears, players } = command.route;
      if (command.room === null) return `route ${command.leg} nowhere`;
      const heard = [hears, ...players].join('+');
      return `route ${command.leg} ${sends.kind === 'whisper' ? `to-${sends.to}` : sends.kind}/${heard}`;
    }
    case 'open-player':
    case 'close-player':
      return `${command.kind} ${command.player}`;
    case 'play-to-room':
      return `play ${command.player}${command.except === null ? '' : ` but to ${command.except}`}`;
    case 'open-recorder':
      return `record ${command.recorder}: ${'leg' in command.source ? `${command.source.leg} ` : ''}${command.mode}`;
    case 'set-recorder':
      return `${command.mode} ${command.recorder}`;
    case 'close-recorder':
      return `${command.kind} ${command.recorder}`;
    case 'limit-effort':
      return command.kind;
    default:
      return `${command.kind.replace('-leg', '')} ${command.leg}`;
  }
}

/** The batch of the last command, after those before it were applied. */
function lastBatch(commands: readonly Command[], wideband = ''): readonly string[] {
  const script = new ConferenceScript();
  const legs = legsOf(wideband);
  let told: RoomPicture | null = null;
  let batch: readonly EngineCommand[] = [];
  for (const command of commands) {
    script.play(command);
    const picture = roomPicture(mixPlan(script.state), legs, noSounds, noRecorders, told);
    batch = engineBatch(room, told, picture);
    told = picture;
  }
  return batch.map(inWords);
}

describe('engineBatch', () => {
  it('opens the room with the first leg, which hears and says nothing', () => {
    expect(lastBatch([join('A')])).toEqual(['open-room 8000', 'open A', 'route A nobody/silence']);
  });

  it('routes everybody at the start', () => {
    expect(lastBatch([join('A'), join('B')])).toEqual(['open B', 'route A room/room', 'route B room/room']);
  });

  it('says nothing of those whose route stays', () => {
    expect(lastBatch([join('A'), join('B'), join('C')])).toEqual(['open C', 'route C room/room']);
  });

  it('brings a muted coach in with one batch', () => {
    expect(lastBatch([join('A'), join('B'), join('C', { coach: 'A' })])).toEqual(['open C', 'route C to-A/room']);
    expect(lastBatch([join('A'), join('B'), join('C', { coach: 'A', muted: true })])).toEqual([
      'open C',
      'route C nobody/room',
    ]);
  });

  it('moves a coach to another leg, and silences it when that leg goes', () => {
    const coached = [join('A'), join('B'), join('C', { coach: 'A' })];
    expect(lastBatch([...coached, update('C', { coach: callSidOf('B') })])).toEqual(['route C to-B/room']);
    expect(lastBatch([...coached, leave('A')])).toEqual(['route C nobody/room', 'close A']);
  });

  it('mutes, holds and brings back', () => {
    const talking = [join('A'), join('B')];
    expect(lastBatch([...talking, update('A', { muted: true })])).toEqual(['route A nobody/room']);
    const held = [...talking, update('A', { hold: { kind: 'default-music' } })];
    expect(lastBatch(held)).toEqual(['route A nobody/silence']);
    expect(lastBatch([...held, update('A', { hold: null })])).toEqual(['route A room/room']);
  });

  it('is empty when nothing of the mix changed', () => {
    expect(lastBatch([join('A'), join('B'), update('A', { beepOnExit: false })])).toEqual([]);
  });

  it('keeps what it has of the legs that are as they were, and of no other', () => {
    const script = new ConferenceScript();
    for (const command of [join('A'), join('B'), join('C')]) script.play(command);
    const before = roomPicture(mixPlan(script.state), legsOf(''));
    script.play(update('B', { muted: true }));
    const after = roomPicture(mixPlan(script.state), legsOf('C'), noSounds, noRecorders, before);
    const kept = ['A', 'B', 'C'].filter((leg) => after?.legs.get(leg as LegId) === before?.legs.get(leg as LegId));
    expect(kept).toEqual(['A']);
    expect(after?.legs.get('C' as LegId)?.media).toBe(wide);
  });

  it('closes every leg and then the room', () => {
    expect(lastBatch([join('A'), join('B'), { kind: 'end' }])).toEqual(['close A', 'close B', 'close-room']);
  });

  it('goes wideband with the second leg that can, and back with the last but one', () => {
    expect(lastBatch([join('A'), join('B'), join('C')], 'AC')).toEqual([
      'set-room-rate 16000',
      'open C',
      'route C room/room',
    ]);
    expect(lastBatch([join('A'), join('B'), join('C'), leave('A')], 'AC')).toEqual(['set-room-rate 8000', 'close A']);
  });
});

describe('sounds of a room', () => {
  const [music, beep, announcement] = ['music', 'beep', 'announcement'] as PlayerId[] as [PlayerId, PlayerId, PlayerId];
  const clip = 7 as ClipId;
  const own: RoomPlayer = { clip, loops: 0, inRoom: null };
  const aloud: RoomPlayer = { clip, loops: 1, inRoom: { except: 'A' as LegId } };
  const script = (...commands: readonly Command[]) => {
    const conference = new ConferenceScript();
    for (const command of commands) conference.play(command);
    return mixPlan(conference.state);
  };
  const sounds = (players: RoomSounds['players'], heardBy: readonly [string, LegPlayers][] = []): RoomSounds => ({
    players,
    heardBy: new Map(heardBy.map(([name, heard]) => [callSidOf(name), heard])),
  });
  const waiting = roomPicture(script(join('A')), legsOf(''), sounds(new Map([[music, own]]), [['A', [music]]]));

  it('begin before the route that names them', () => {
    expect(engineBatch(room, null, waiting).map(inWords)).toEqual([
      'open-room 8000',
      'open A',
      'open-player music',
      'route A nobody/silence+music',
    ]);
  });

  it('end after it, in the batch that begins the beep', () => {
    const started = roomPicture(script(join('A'), join('B')), legsOf(''), sounds(new Map([[beep, aloud]])));
    expect(engineBatch(room, waiting, started).map(inWords)).toEqual([
      'open B',
      'open-player beep',
      'play beep but to A',
      'route A room/room',
      'route B room/room',
      'close-player music',
    ]);
    expect(engineBatch(room, started, started)).toEqual([]);
    expect(engineBatch(room, started, null).map(inWords)).toEqual([
      'close A',
      'close B',
      'close-player beep',
      'close-room',
    ]);
  });

  it('may be heard over one another, and be open elsewhere', () => {
    const before = roomPicture(script(join('A')), legsOf(''), sounds(new Map(), [['A', [music]]]));
    const told = sounds(new Map([[announcement, { ...own, loops: 1 }]]), [['A', [music, announcement]]]);
    const after = roomPicture(script(join('A')), legsOf(''), told);
    expect(engineBatch(room, before, after).map(inWords)).toEqual([
      'open-player announcement',
      'route A nobody/silence+music+announcement',
    ]);
    expect(engineBatch(room, after, before).map(inWords)).toEqual([
      'route A nobody/silence+music',
      'close-player announcement',
    ]);
  });
});

describe('recorders of a room', () => {
  const [whole, leg] = ['whole', 'leg'] as RecorderId[] as [RecorderId, RecorderId];
  const mix: RoomRecorder = { source: { kind: 'mix' }, mode: 'recording' };
  const pictureOf = (names: string, ...recorders: readonly [RecorderId, RoomRecorder][]): RoomPicture | null => {
    const script = new ConferenceScript();
    for (const name of names) script.play(join(name));
    return roomPicture(mixPlan(script.state), legsOf(''), noSounds, new Map(recorders));
  };
  const batchOf = (before: RoomPicture | null, after: RoomPicture | null): readonly string[] =>
    engineBatch(room, before, after).map(inWords);

  it('begin in the batch that bridges the first two, whose routes come before', () => {
    expect(batchOf(pictureOf('A'), pictureOf('AB', [whole, mix]))).toEqual([
      'open B',
      'route A room/room',
      'route B room/room',
      'record whole: recording',
    ]);
  });

  it('are paused and go on where their mode changes, and end where they are no more', () => {
    const recording = pictureOf('AB', [whole, mix]);
    const paused = pictureOf('AB', [whole, { ...mix, mode: 'skipping' }]);
    expect(batchOf(recording, paused)).toEqual(['skipping whole']);
    expect(batchOf(paused, recording)).toEqual(['recording whole']);
    expect(batchOf(recording, recording)).toEqual([]);
    expect(batchOf(recording, pictureOf('AB'))).toEqual(['close-recorder whole']);
    expect(batchOf(recording, null)).toEqual(['close-recorder whole', 'close A', 'close B', 'close-room']);
  });

  it('of a call name its leg, and end with it', () => {
    const of = (name: string): RoomRecorder => ({
      source: { kind: 'both', callSid: callSidOf(name) },
      mode: 'recording',
    });
    const recording = pictureOf('AB', [leg, of('B')]);
    expect(batchOf(pictureOf('AB'), recording)).toEqual(['record leg: B recording']);
    expect(batchOf(recording, pictureOf('A', [leg, of('B')]))).toEqual([
      'route A nobody/silence',
      'close-recorder leg',
      'close B',
    ]);
  });
});

describe('legs that are open without a room', () => {
  const pictureOf = (...names: readonly string[]): RoomPicture | null => {
    const script = new ConferenceScript();
    for (const name of names) script.play(join(name));
    return roomPicture(mixPlan(script.state), legsOf(''));
  };
  const [a, b] = ['A', 'B'].map((name) => name as LegId) as [LegId, LegId];
  const batchOf = (
    before: RoomPicture | null,
    after: RoomPicture | null,
    moving: Partial<MovingLegs>,
  ): readonly string[] => engineBatch(room, before, after, { ...nobodyMoves, ...moving }).map(inWords);

  it('are not opened when they come, and not closed when they part', () => {
    expect(batchOf(pictureOf('A'), pictureOf('A', 'B'), { arriving: new Set([b]) })).toEqual([
      'route A room/room',
      'route B room/room',
    ]);
    expect(batchOf(pictureOf('A', 'B'), pictureOf('A'), { parting: new Map([[b, narrow]]) })).toEqual([
      'route A nobody/silence',
      'route B nowhere',
    ]);
    expect(batchOf(pictureOf('A'), null, { parting: new Map([[a, narrow]]) })).toEqual([
      'route A nowhere',
      'close-room',
    ]);
  });

  it('are opened when they part before the engine heard of them, and closed when they end before it did', () => {
    expect(batchOf(pictureOf('A'), pictureOf('A'), { parting: new Map([[b, narrow]]) })).toEqual(['open B']);
    expect(batchOf(pictureOf('A'), pictureOf('A'), { ending: new Set([b]) })).toEqual(['close B']);
  });
});

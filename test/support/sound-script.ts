/** A conference over doubles of engine, web application and time, and what each in it hears in words. */
import { expect } from 'vitest';
import { ConferenceRunner } from '../../src/app/conferences/conference-runner.js';
import { Debugger } from '../../src/app/debugger.js';
import { RoomRateSaving } from '../../src/app/health/room-rate-saving.js';
import { Players } from '../../src/app/sounds/players.js';
import { type FlavourName, flavours } from '../../src/base/flavour.js';
import type { WaitAudio } from '../../src/conference/state.js';
import type { ClipId, LegMedia, PlayerId } from '../../src/media/engine-port.js';
import { accountSidOf, callSidOf, join, nameOf } from './callers.js';
import { FakeEngine } from './fake-engine.js';
import { recordingsOf } from './fake-recordings.js';
import { type FakeSounds, soundsOf } from './fake-sounds.js';
import { SlowStore } from './fake-store.js';
import { countingRandom, recordingLogger, recordingMetrics } from './silent.js';
import { settled, VirtualClock } from './virtual-clock.js';

export const app = 'https://app.example';
export const waitUrl = `${app}/wait`;
export const waits = { startConferenceOnEnter: false };
export const waitsFor = (url: string): { readonly wait: WaitAudio } => ({
  wait: { kind: 'document', target: { url, method: 'POST' } },
});

const media: LegMedia = { transport: 'lane', codec: 'pcmu', rateHz: 8000, jitterMs: 40 };

export function soundScript(
  flavour: FlavourName = 'signalwire',
  makeSounds: (engine: FakeEngine) => FakeSounds = soundsOf,
) {
  const clock = new VirtualClock();
  const engine = new FakeEngine(2);
  const store = new SlowStore();
  const metrics = recordingMetrics();
  const sounds = makeSounds(engine);
  const debug = new Debugger(metrics);
  const players = new Players({ engine, sounds, metrics });
  engine.onEvent((event) => {
    if (event.kind === 'player-ended') players.ended(event.player);
  });
  const [logger, random] = [recordingLogger(), countingRandom()];
  const runner = new ConferenceRunner({
    ...{ clock, engine, store, metrics, sounds, players, debug, logger, random },
    rateSaving: new RoomRateSaving(),
    recordings: recordingsOf({ engine, store, clock, random, metrics, logger }).desk.shared,
    flavour: flavours[flavour],
    onChange: () => {},
  });
  const enter = async (name: string, wishes: Parameters<typeof join>[1] = {}): Promise<void> => {
    expect(await runner.join(join(name, wishes), media)).toMatchObject({ ok: true });
    await settled();
  };
  const submit = async (...[command]: Parameters<ConferenceRunner['submit']>): Promise<void> => {
    expect(await runner.submit(command)).toMatchObject({ ok: true });
    await settled();
  };
  const announce = async (url: string, name: string | null = null): Promise<void> => {
    const callSid = name === null ? null : callSidOf(name);
    expect(await runner.announce({ callSid, target: { url, method: 'POST' } })).toMatchObject({ ok: true });
    await settled();
  };

  const ofClip = (clip: ClipId | null): string => sounds.given.find(({ sound }) => sound.clip === clip)?.of ?? '?';
  const ofPlayer = (id: PlayerId): readonly string[] =>
    engine.playing().flatMap(({ player, clip, loops }) => {
      const times = loops === 1 ? '' : ` x${loops === 0 ? '∞' : loops}`;
      return player === id ? [`${ofClip(clip)}${times}`] : [];
    });
  /** `room enter`: the room, and a beep in it; `music x∞`; empty for silence. */
  const hears = (name: string): string => {
    const leg = runner.leg(callSidOf(name))?.leg;
    const route = leg === undefined ? null : engine.routeOf(leg);
    if (route === null) return '';
    const inRoom = engine.playing().filter(({ room, except }) => room !== null && except !== leg);
    const room = route.hears === 'room' ? ['room', ...inRoom.flatMap(({ player }) => ofPlayer(player))] : [];
    return [...room, ...route.players.flatMap(ofPlayer)].join(' + ');
  };
  /** All who are in, in the order of joining. */
  const hearing = (): Readonly<Record<string, string>> => {
    const state = runner.state();
    const present = state.phase === 'init' || state.phase === 'in-progress' ? [...state.participants.keys()] : [];
    return Object.fromEntries(present.map((callSid) => [nameOf(callSid), hears(nameOf(callSid))]));
  };
  /** What plays and was last to begin is played out, after so long. */
  const playedOut = async (afterMs = 2000): Promise<void> => {
    await clock.advance(afterMs);
    const last = engine.playing().at(-1);
    expect(last, 'something plays').toBeDefined();
    if (last !== undefined) engine.endPlayer(last.player);
    await settled();
  };
  const found = (): readonly string[] =>
    debug
      .list(accountSidOf('acc'), null, 100)
      .entries.map(({ callSid, finding }) => `${finding.code} ${callSid === null ? 'all' : nameOf(callSid)}`);
  const told = (): readonly string[] => store.commits.flatMap(({ events }) => events.map(({ kind }) => kind));
  return {
    ...{ runner, clock, engine, store, metrics, sounds, debug, media },
    ...{ enter, submit, announce, hears, hearing, playedOut, found, told },
  };
}

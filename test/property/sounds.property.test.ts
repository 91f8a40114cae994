/**
 * Random lives of a room, heard at every edge of a tick: whoever hears whom, and what is played to whom, is as
 * CONTRACT §8.2 and §8.3 say, told here in other words than those of the mix plan. No whisper and no private sound
 * ever reaches a third ear, and no music is in a room that talks. PARLEY_PROPERTY_SEED repeats a run.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DocumentOrSound, SoundFailure, SoundRequest } from '../../src/app/sounds/sound-port.js';
import { err, type Result } from '../../src/base/result.js';
import type {
  Command,
  JoinCommand,
  NoteAnnouncementCommand,
  NoteSpeechCommand,
} from '../../src/conference/commands.js';
import type { Participant } from '../../src/conference/state.js';
import { wholeClip } from '../../src/media/clip-memory.js';
import type { ClipId, LegRoute, PlayerId } from '../../src/media/engine-port.js';
import { callSidOf, nameOf } from '../support/callers.js';
import type { FakeEngine } from '../support/fake-engine.js';
import { FakeSounds } from '../support/fake-sounds.js';
import { soundScript } from '../support/sound-script.js';
import { settled } from '../support/virtual-clock.js';
import { type Step, steps } from './random-commands.js';

const numRuns = Math.ceil(Number(process.env.PARLEY_PROPERTY_RUNS ?? 10_000) / 40);
const seed = Number(process.env.PARLEY_PROPERTY_SEED ?? Date.now() % 2 ** 31);

const newsUrl = 'https://app/news';

/** Whose a sound is: of one call, of all, or of nobody in particular. */
type Owner = { readonly name: string; readonly isNews: boolean };

/** Streams alone, so that each clip is of one asking; a URL that ends in 2 is now there and now not. */
class OwnedSounds extends FakeSounds {
  readonly owners = new Map<ClipId, Owner>();
  #asked = 0;

  override async fetch(request: SoundRequest): Promise<Result<DocumentOrSound, SoundFailure>> {
    const { url } = request.target;
    this.#asked += 1;
    if (url.endsWith('2') && this.#asked % 3 === 0) return err({ code: 11_217, rule: 'now and then' });
    this.answer(url, { kind: 'stream', durationMs: null });
    const fetched = await super.fetch(request);
    if (fetched.ok && fetched.value.kind === 'sound') {
      const callSid = request.parameters.get('CallSid');
      const name = callSid === undefined ? 'all' : nameOf(callSid as Parameters<typeof nameOf>[0]);
      this.owners.set(fetched.value.sound.clip, { name, isNews: url === newsUrl });
    }
    return fetched;
  }
}

function ownedSounds(engine: FakeEngine): OwnedSounds {
  return new OwnedSounds(() => {
    const clip = engine.openClip(wholeClip(0));
    if (!clip.ok) throw new Error('a clip is opened');
    return clip.value;
  });
}

type Happening =
  | Step
  | { readonly kind: 'announce'; readonly name: string | null }
  /** What began last is played out. */
  | { readonly kind: 'played-out' }
  /** The command ring has no room, for so long. */
  | { readonly kind: 'busy'; readonly ms: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('announce' as const), name: fc.constantFrom(null, 'A', 'B', 'C') }),
    weight: 2,
  },
  { arbitrary: fc.constant({ kind: 'played-out' as const }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('busy' as const), ms: fc.constantFrom(1, 15) }), weight: 1 },
);

/** In between the commands of a random life. */
const lives: fc.Arbitrary<readonly Happening[]> = fc
  .tuple(steps, fc.array(fc.tuple(fc.nat({ max: 40 }), happening), { maxLength: 20 }))
  .map(([life, others]) => {
    const all: Happening[] = [...life];
    for (const [at, other] of others) all.splice(Math.min(at, all.length), 0, other);
    return all;
  });

/** The same, and no call goes on without the room: whose its leg is then is no matter of this test. */
const staying = (command: Exclude<Command, JoinCommand | NoteSpeechCommand | NoteAnnouncementCommand>) =>
  command.kind === 'leave' && command.cause === 'redirected-via-api'
    ? { ...command, cause: 'hung-up' as const }
    : command;

function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** CONTRACT §8.2: does `listener` hear `speaker`? */
function shouldHear(hasStarted: boolean, listener: Participant, speaker: Participant): boolean {
  const areApart = listener.callSid === speaker.callSid || listener.hold !== null || speaker.hold !== null;
  if (!hasStarted || areApart || speaker.muted) return false;
  return speaker.coaching === null || speaker.coaching.target === listener.callSid;
}

async function live(life: readonly Happening[]): Promise<number> {
  const script = soundScript('signalwire', ownedSounds);
  const { runner, engine, clock, media, sounds } = script;
  const { owners } = sounds as OwnedSounds;
  let frames = 0;

  const ofClip = (clip: ClipId | null): string => sounds.given.find(({ sound }) => sound.clip === clip)?.of ?? '';
  const checkFrame = (): void => {
    const state = runner.state();
    if (state.phase !== 'init' && state.phase !== 'in-progress') return;
    frames += 1;
    const hasStarted = state.phase === 'in-progress';
    const clipOf = new Map<PlayerId, ClipId | null>(engine.playing().map(({ player, clip }) => [player, clip]));
    const present = [...state.participants.values()];
    const routes = new Map<Participant, LegRoute>();
    for (const participant of present) {
      const leg = runner.leg(participant.callSid)?.leg;
      const route = leg === undefined ? null : engine.routeOf(leg);
      must(route !== null, `${nameOf(participant.callSid)} is routed`);
      if (route !== null) routes.set(participant, route);
    }
    for (const [listener, { hears, players }] of routes) {
      const name = nameOf(listener.callSid);
      for (const [speaker, { sends }] of routes) {
        const leg = runner.leg(listener.callSid)?.leg;
        const reaches = sends.kind === 'room' || (sends.kind === 'whisper' && sends.to === leg);
        const isHeard = listener !== speaker && hears === 'room' && reaches;
        const should = shouldHear(hasStarted, listener, speaker);
        must(isHeard === should, `${name} hears ${nameOf(speaker.callSid)}: ${isHeard}`);
      }
      const inRoom = hasStarted && listener.hold === null;
      must((hears === 'room') === inRoom, `${name} hears the room: ${hears}`);
      for (const player of players) {
        const clip = clipOf.get(player) ?? null;
        if (clip === null) continue;
        const isMusic = ofClip(clip) === 'music';
        const owner = owners.get(clip);
        must(isMusic || owner !== undefined, `${name} is played ${ofClip(clip)}`);
        must(!(isMusic && inRoom), `${name} hears music in a room that talks`);
        if (owner === undefined) continue;
        must(owner.name === name || owner.name === 'all', `${name} hears what is played to ${owner.name}`);
        must(owner.isNews || !inRoom, `${name} hears its wait or hold audio in a room that talks`);
        must(owner.name !== 'all' || !hasStarted, `${name} is announced to twice, or on hold`);
      }
    }
    for (const { clip, room } of engine.playing()) {
      if (room === null) continue;
      const isBeep = ['enter', 'exit'].includes(ofClip(clip));
      const owner = clip === null ? undefined : owners.get(clip);
      must(isBeep || owner?.name === 'all', `the room hears ${ofClip(clip)}`);
      must(!isBeep || hasStarted, 'nobody beeps before the start');
    }
  };
  engine.onApplied = () => {
    // The hold music is opened by itself, before the batch of the room that hears it.
    if (engine.batches.at(-1)?.every(({ kind }) => kind === 'open-player') !== true) checkFrame();
  };

  for (const happened of life) {
    if (happened.kind === 'time') await clock.advance(happened.ms);
    else if (happened.kind === 'played-out') {
      const last = engine.playing().findLast(({ clip }) => ofClip(clip) !== 'music');
      if (last !== undefined) engine.endPlayer(last.player);
    } else if (happened.kind === 'busy') {
      engine.applyRefusal = { kind: 'engine-full', what: 'command-ring' };
      await clock.advance(happened.ms);
      engine.applyRefusal = null;
    } else if (happened.kind === 'announce') {
      const callSid = happened.name === null ? null : callSidOf(happened.name);
      await runner.announce({ callSid, target: { url: newsUrl, method: 'POST' } });
    } else if (happened.command.kind === 'join') {
      await runner.join({ ...happened.command, continuesAfterDial: false }, media);
    } else if (happened.command.kind === 'note-speech')
      runner.noteSpeech(happened.command.callSid, happened.command.speaking);
    else if (happened.command.kind !== 'note-announcement') await runner.submit(staying(happened.command));
    await settled();
  }
  await runner.end();
  await clock.advance(1000);
  must(engine.held().legs === 0 && engine.held().rooms === 0, 'no leg and no room is left');
  must(
    sounds.held().every((of) => of === 'music'),
    `sounds are left: ${sounds.held()}`,
  );
  must(engine.heldSounds().players <= 1, 'no player is left but that of the music');
  return frames;
}

it('every ear hears what it should at the edge of every tick, and nothing private that is another’s', {
  timeout: 120_000,
}, async () => {
  console.info(`seed ${seed}`);
  let frames = 0;
  await fc.assert(
    fc.asyncProperty(lives, async (life) => {
      frames += await live(life);
    }),
    { seed, numRuns },
  );
  expect(frames).toBeGreaterThan(numRuns * 5);
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { undisturbed } from '../support/disturbances.js';
import { type Guest, linear16, Platform } from '../support/platform.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';

/** What each of three guests says, and at which amplitude. */
const tones = { ana: 440.3, ben: 701.9, carla: 1130.7 } as const;
type Who = keyof typeof tones;
const amplitude = 5000;

const windowMs = 400;

let platform: Platform;
let room: string;
let guests: Readonly<Record<Who, Guest>>;
let rooms = 0;

beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

beforeEach(async () => {
  room = `private ${rooms++}`;
  const voice = (who: Who, rateHz: number): Tone => new Tone({ hz: tones[who], amplitude, rateHz });
  guests = {
    ana: await platform.dialRtp(room, { voice: voice('ana', 8000), law: 'pcmu' }),
    ben: await platform.dialGrpc(room, {
      line: platform.openLine(),
      voice: voice('ben', 16_000),
      coding: linear16(16_000),
    }),
    carla: await platform.dialRtp(room, { voice: voice('carla', 8000), law: 'pcma' }),
  };
});

/** Whom a guest hears now. */
async function heardBy(who: Who): Promise<string> {
  const { recording } = guests[who];
  const found = measureTones(await listen(recording, windowMs), recording.rateHz, Object.values(tones));
  const names = Object.keys(tones);
  return found.flatMap((tone, index) => (tone.amplitude > amplitude / 4 ? [names[index]] : [])).join(' ');
}

/** The whole matrix settles to `expected`. */
async function expectHeard(expected: Readonly<Record<Who, string>>): Promise<void> {
  const matrix = async () => {
    const [ana, ben, carla] = await Promise.all([heardBy('ana'), heardBy('ben'), heardBy('carla')]);
    return { ana, ben, carla };
  };
  await expect.poll(matrix).toEqual(expected);
}

const everybody = { ana: 'ben carla', ben: 'ana carla', carla: 'ana ben' };

describe('private audio', () => {
  it('mutes: the muted is heard by nobody and hears everybody', async () => {
    await expectHeard(everybody);
    await platform.update(guests.ben, { muted: true });
    await expectHeard({ ana: 'carla', ben: 'ana carla', carla: 'ana' });
    await platform.update(guests.ben, { muted: false });
    await expectHeard(everybody);
  });

  it('holds: the held is heard by nobody and hears nobody', async () => {
    await platform.update(guests.ana, { hold: true, holdUrl: '' });
    await expectHeard({ ana: '', ben: 'carla', carla: 'ben' });
    await platform.update(guests.ana, { hold: false });
    await expectHeard(everybody);
  });

  it('coaches: the coach is heard by the coached alone', async () => {
    await platform.update(guests.carla, { coaching: true, callSidToCoach: guests.ana.callSid });
    await expectHeard({ ana: 'ben carla', ben: 'ana', carla: 'ana ben' });
    await platform.update(guests.carla, { coaching: false });
    await expectHeard(everybody);
  });

  it('lets not one frame of a coach who joins as one leak', async () => {
    const coached = guests.ana.recording;
    const heard = await undisturbed(platform, async (watch) => {
      const before = guests.ben.recording.length;
      const voice = new Tone({ hz: 1870.1, amplitude, rateHz: 8000 });
      const coach = await platform.dialRtp(room, { voice, law: 'pcmu' }, { coach: guests.ana.callSid });
      for (const { callSid } of [guests.ana, guests.carla, coach]) watch(callSid);
      await until(() => (measureTones(coached.latest(1600), 8000, [1870.1])[0]?.amplitude ?? 0) > amplitude / 2);
      await platform.hangUp(coach);
      return guests.ben.recording.samples().slice(before);
    });
    // Frame by frame: one that leaked would drown in an average.
    for (let at = 0; at + 320 <= heard.length; at += 320) {
      const fitted = measureTones(heard.subarray(at, at + 320), 16_000, [...Object.values(tones), 1870.1]);
      expect(fitted[3]?.amplitude ?? 0).toBeLessThan(amplitude / 20);
    }
  });
});

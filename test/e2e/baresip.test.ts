/** baresip as a telephone in a room: it hears and is heard, in every codec and secured, and its keys count. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Speech, Tone } from '../../src/cli/caller/voice.js';
import type { Sound } from '../../src/cli/caller/wav.js';
import { rateFor } from '../../src/client/coding.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { Baresip, type BaresipCodec, baresipCodecs } from '../support/baresip.js';
import { snrDbOfCopy } from '../support/copies.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { ForeignPrograms, requirePrograms } from '../support/foreign-program.js';
import { linear16, Platform } from '../support/platform.js';
import { SipDoor } from '../support/sip-door.js';
import { createToneMeter } from '../support/tones.js';
import { voiceLike } from '../support/voices.js';
import { until } from '../support/waiting.js';

const attemptMsMax = 20_000;
const amplitude = 5000;
/** Of what either says: silence, a tone, silence, a voice. */
const [leadSeconds, toneSeconds, gapSeconds, voiceSeconds] = [0.5, 2, 0.5, 2];
/** baresip's file ends with silence, and must not end before the call does. */
const restSeconds = 30;
const saidSeconds = leadSeconds + toneSeconds + gapSeconds + voiceSeconds;

type Party = { readonly hz: number; readonly pitchHz: number };
const [baresipSays, guestSays] = [
  { hz: 1013, pitchHz: 150 },
  { hz: 437, pitchHz: 190 },
] as const satisfies readonly Party[];

function wordsOf({ hz, pitchHz }: Party, rateHz: number, rest: number): Int16Array {
  const samples = new Int16Array((saidSeconds + rest) * rateHz);
  samples.set(new Tone({ hz, amplitude, rateHz }).next(toneSeconds * rateHz), leadSeconds * rateHz);
  const voiceAt = leadSeconds + toneSeconds + gapSeconds;
  samples.set(voiceLike(rateHz, voiceSeconds, pitchHz), voiceAt * rateHz);
  return samples;
}

/** Every `step`th sample of what has nothing above the band that is left. */
const thinned = ({ rateHz, samples }: Sound, toHz: number): Sound => ({
  rateHz: toHz,
  samples: samples.filter((_, index) => index % (rateHz / toHz) === 0),
});

type Judgement = { readonly toneDb: number; readonly ownDb: number; readonly snrDb: number };

/** Of one party's record of the call: the other's tone against what was said, its own, and the other's voice. */
function judge(heard: Sound, other: Party, own: Party, wireRateHz: number): Judgement {
  const { samples, rateHz } = heard;
  const onset = samples.findIndex((sample) => Math.abs(sample) > amplitude / 4);
  const [from, to] = [0.75, 1.75].map((seconds) => onset + seconds * rateHz);
  const meter = createToneMeter([other.hz, own.hz], rateHz, rateHz);
  const [heardOther, heardOwn] = meter(samples.subarray(from, to));
  const inDb = (found: number): number => 20 * Math.log10(found / amplitude);
  const voice = thinned({ rateHz: wireRateHz, samples: voiceLike(wireRateHz, voiceSeconds, other.pitchHz) }, rateHz);
  const rest = samples.subarray(onset + (toneSeconds + gapSeconds / 2) * rateHz);
  return {
    toneDb: inDb(heardOther?.amplitude ?? 0),
    ownDb: inDb(heardOwn?.amplitude ?? 0),
    snrDb: snrDbOfCopy(voice, { rateHz, samples: rest }),
  };
}

const programs = new ForeignPrograms();
let platform: Platform;
let door: SipDoor;
let folder: string;

beforeAll(async () => {
  requirePrograms(['baresip']);
  platform = await Platform.start();
  door = await SipDoor.open(platform);
  folder = mkdtempSync(join(tmpdir(), 'parley-baresip-'));
});
afterAll(async () => {
  programs.end();
  door?.close();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

type Call = {
  readonly codec: BaresipCodec;
  readonly secured: boolean;
  readonly keys: string;
  /** Of baresip's file, and of the guest: all of the room that can be compared. */
  readonly wireRateHz: number;
  readonly rateHz: number;
};

/** What Parley tells of keys that are pressed one after the other, each when the one before is known. */
async function press(baresip: Baresip, callSid: string, keys: string): Promise<string> {
  let told = '';
  baresip.press(keys.charAt(0));
  for await (const { message } of platform.client.watch(EventService.method.watchEvents, { cursor: 0n })) {
    if (message.case !== 'event' || message.value.happened.case !== 'digitPressed') continue;
    const { value } = message.value.happened;
    if (value.callSid !== callSid) continue;
    told += value.digit;
    if (told.length === keys.length) break;
    baresip.press(keys.charAt(told.length));
  }
  return told;
}

/** baresip and a guest of ours say their words to each other at the same time; then baresip presses keys. */
const converse = ({ codec, secured, keys, wireRateHz, rateHz }: Call) =>
  undisturbed(platform, async (watch, attempt) => {
    const room = `${codec}-${secured ? 'secured' : 'plain'}-${attempt}`;
    const [voice, line] = [new Speech(), platform.openLine()];
    const guest = await platform.dialGrpc(room, { voice, line, coding: linear16(rateFor(rateHz)) });
    const said = { rateHz: wireRateHz, samples: wordsOf(baresipSays, wireRateHz, restSeconds) };
    const calling = { codec, secured, said, door: door.address, room };
    const baresip = new Baresip(programs, join(folder, room), calling);
    const { callSid } = await door.established(room);
    watch(callSid);
    await voice.say(wordsOf(guestSays, rateHz, 0)).done;
    const end = guest.recording.length + rateHz;
    await until(() => guest.recording.length > end);
    const pressed = await press(baresip, callSid, keys);
    const heard = await baresip.hangUp();
    await door.over(room);
    await platform.hangUp(guest);
    return { pressed, heardByBaresip: heard, heardByGuest: { rateHz, samples: guest.recording.samples() } };
  });

describe('baresip', { timeout: attemptsMax * attemptMsMax }, () => {
  it.each([
    { codec: 'pcmu', secured: false, keys: '5#', snrDbMin: 30 },
    { codec: 'pcma', secured: false, keys: '0*', snrDbMin: 30 },
    { codec: 'g722', secured: false, keys: '19', snrDbMin: 12 },
    { codec: 'opus', secured: false, keys: '4*', snrDbMin: 5 },
    { codec: 'pcmu', secured: true, keys: '7', snrDbMin: 30 },
  ] as const)('hears and is heard in $codec, secured: $secured', async (row) => {
    const wireRateHz = baresipCodecs[row.codec].rateHz;
    const rateHz = Math.min(wireRateHz, 16_000);
    const call = { ...row, wireRateHz, rateHz };
    const { pressed, heardByBaresip, heardByGuest } = await converse(call);
    for (const { toneDb, ownDb, snrDb } of [
      judge(thinned(heardByBaresip, rateHz), guestSays, baresipSays, rateHz),
      judge(heardByGuest, baresipSays, guestSays, wireRateHz),
    ]) {
      expect(Math.abs(toneDb)).toBeLessThan(1);
      expect(ownDb).toBeLessThan(-50);
      expect(snrDb).toBeGreaterThan(row.snrDbMin);
    }
    expect(pressed).toBe(row.keys);
  });
});

/** What a party changes in the middle of its call: its codec, by a new offer and without one, and its address. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Speech, Tone } from '../../src/cli/caller/voice.js';
import { writeWav } from '../../src/cli/caller/wav.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { ForeignPrograms, requirePrograms } from '../support/foreign-program.js';
import { FrameCaller, type Script } from '../support/frame-caller.js';
import { type GrpcGuest, linear16, Platform } from '../support/platform.js';
import { type CodingName, codings, encodedBy } from '../support/rtp-peers.js';
import { createToneMeter } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';

/** Whole periods in each frame of 20 ms and each step of 5, so that what is said can be said over and over. */
const hz = 1000;
const amplitude = 8000;
const scriptFrames = 300;
const guestRateHz = 16_000;
const gapMsMax = 100;
const stepMs = 5;
const attemptMsMax = 15_000;
const timeout = attemptsMax * attemptMsMax;

const programs = new ForeignPrograms();
let platform: Platform;
let folder: string;
let scripts: Readonly<Record<CodingName, Script>>;

beforeAll(async () => {
  requirePrograms(['ffmpeg']);
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-changes-'));
  const scriptOf = async (name: CodingName): Promise<Script> => {
    const { payloadType, rateHz } = codings[name];
    const file = join(folder, `${name}.wav`);
    writeWav(file, { rateHz, samples: new Tone({ hz, amplitude, rateHz }).next((scriptFrames * rateHz) / 50) });
    const frames = await encodedBy(programs, file, { name, frames: scriptFrames });
    return { payloadType, clockRateHz: name === 'opus' ? 48_000 : 8000, frames };
  };
  const [pcmu, pcma, g722, opus] = [
    await scriptOf('pcmu'),
    await scriptOf('pcma'),
    await scriptOf('g722'),
    await scriptOf('opus'),
  ];
  scripts = { pcmu, pcma, g722, opus };
});
afterAll(async () => {
  programs.end();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const offerOf = (port: number, names: readonly CodingName[]): string => {
  const types = names.map((name) => codings[name].payloadType);
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${port} RTP/AVP ${types.join(' ')}`, 'a=rtcp-mux'],
    ...names.map((name) => `a=rtpmap:${codings[name].payloadType} ${codings[name].mapping}`),
    '',
  ].join('\r\n');
};
const portIn = (answer: string | undefined): number => Number(/^m=audio (\d+)/m.exec(answer ?? '')?.[1]);

type Call = {
  readonly caller: FrameCaller;
  readonly callSid: string;
  readonly port: number;
  readonly guest: GrpcGuest;
};

/** Somebody who says the tone, and a guest who hears it by now. */
async function call(room: string, names: readonly [CodingName, ...CodingName[]]): Promise<Call> {
  const line = platform.openLine();
  const guest = await platform.dialGrpc(room, { voice: new Speech(), line, coding: linear16(guestRateHz) });
  const caller = await FrameCaller.open(scripts[names[0]]);
  const rtp = { case: 'rtp', value: { sdpOffer: offerOf(caller.port, names) } } as const;
  const { callSid, media } = await platform.dial(room, rtp);
  const port = portIn(media.case === 'rtp' ? media.value.sdpAnswer : '');
  caller.start(port);
  await until(() => strongShare(guest.recording.latest(guestRateHz / 5)) === 1);
  return { caller, callSid, port, guest };
}

async function end({ caller, callSid, guest }: Call): Promise<void> {
  caller.close();
  for (const leg of [{ callSid }, guest]) await platform.hangUp(leg);
}

const stepSamples = (guestRateHz * stepMs) / 1000;
const meter = createToneMeter([hz], guestRateHz, stepSamples);

/** Of each 5 ms, whether the tone was about as loud as it was said. */
const strongSteps = (samples: Int16Array): readonly boolean[] =>
  Array.from({ length: Math.floor(samples.length / stepSamples) }, (_, step) => {
    const [tone] = meter(samples.subarray(step * stepSamples, (step + 1) * stepSamples));
    return (tone?.amplitude ?? 0) > 0.7 * amplitude && (tone?.amplitude ?? 0) < 1.4 * amplitude;
  });
const strongShare = (samples: Int16Array): number => {
  const steps = strongSteps(samples);
  return steps.filter((strong) => strong).length / steps.length;
};

/** The longest time that it was not. */
function longestGapMs(samples: Int16Array): number {
  let [longest, current] = [0, 0];
  for (const strong of strongSteps(samples)) {
    current = strong ? 0 : current + stepMs;
    longest = Math.max(longest, current);
  }
  return longest;
}

describe('a call that changes', { timeout }, () => {
  it('its codec by new offers is heard without a gap, and hears in the new one', async () => {
    const changes = ['opus', 'g722', 'pcmu'] as const;
    const { samples, heard } = await undisturbed(platform, async (_, attempt) => {
      const made = await call(`codecs ${attempt}`, ['pcmu']);
      const { caller, callSid, guest, port } = made;
      const from = guest.recording.length;
      let wasPrompt = true;
      for (const name of changes) {
        const sent = caller.sent;
        const { rtp } = await platform.client.call(CallService.method.updateCall, {
          callSid,
          update: { case: 'rtp', value: { sdpOffer: offerOf(caller.port, [name]) } },
        });
        expect(portIn(rtp?.sdpAnswer)).toBe(port);
        // What it sends before it has the answer is not understood any more: a frame, if nobody dawdles.
        wasPrompt &&= caller.sent - sent <= 1;
        caller.says(scripts[name]);
        await listen(guest.recording, 1000, 0);
      }
      await end(made);
      return wasPrompt ? { samples: guest.recording.samples().subarray(from), heard: caller.heard } : null;
    });
    expect(longestGapMs(samples)).toBeLessThanOrEqual(gapMsMax);
    const types = heard.map(({ payloadType }) => payloadType);
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual(
      ['pcmu' as const, ...changes].map((name) => codings[name].payloadType),
    );
    const steps = heard.slice(1).map((packet, index) => ({
      sequence: (packet.sequence - (heard[index]?.sequence ?? 0)) & 0xffff,
      ms: packet.atMs - (heard[index]?.atMs ?? 0),
    }));
    expect(new Set(steps.map(({ sequence }) => sequence))).toEqual(new Set([1]));
    expect(new Set(heard.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(Math.max(...steps.map(({ ms }) => ms))).toBeLessThan(gapMsMax);
  });

  it('its codec among those agreed on, without a word, is heard without a gap', async () => {
    const samples = await undisturbed(platform, async (_, attempt) => {
      const made = await call(`types ${attempt}`, ['pcmu', 'pcma', 'g722']);
      const { caller, guest } = made;
      const from = guest.recording.length;
      for (const name of ['pcma', 'g722', 'pcmu'] as const) {
        caller.says(scripts[name]);
        await listen(guest.recording, 700, 0);
      }
      await end(made);
      return guest.recording.samples().subarray(from);
    });
    expect(longestGapMs(samples)).toBeLessThanOrEqual(gapMsMax);
  });

  it('its address after two seconds of silence is heard from there, and sent to there', async () => {
    const made = await call('moves', ['pcmu']);
    const { caller, guest, port } = made;
    const stranger = await FrameCaller.open(scripts.pcmu, 0xbad);
    // While it sends, nobody takes its place; nor does one who has not seen its packets, later.
    stranger.start(port);
    await listen(guest.recording, 500);
    expect(stranger.heard).toEqual([]);
    caller.pause();
    await listen(guest.recording, 2300, 0);
    expect(stranger.heard).toEqual([]);
    expect(strongShare(await listen(guest.recording, 200, 0))).toBe(0);
    stranger.close();
    await caller.move();
    const before = caller.heard.length;
    caller.start(port);
    await until(() => strongShare(guest.recording.latest(guestRateHz / 5)) === 1);
    await until(() => caller.heard.length > before + 20);
    await end(made);
  });
});

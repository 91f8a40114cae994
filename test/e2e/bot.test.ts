/** The bot of examples/, as it stands, in a process of its own: what a caller on RTP hears of it, and for how long. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySnrDb, findLag, levelDbfs } from '../../src/cli/caller/levels.js';
import { Speech } from '../../src/cli/caller/voice.js';
import { cast } from '../../src/cli/demo/screenplay.js';
import { speak } from '../../src/cli/demo/speech.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { Platform, type RtpGuest } from '../support/platform.js';
import { heldUpMs, Pulse } from '../support/pulse.js';
import { keepingTime } from '../support/real-time.js';
import { until } from '../support/waiting.js';

const rateHz = 8000;
const frameSamples = 160;
const frameMs = 20;
/** Of what is heard, so that its end is known to 5 ms. */
const pieceSamples = 40;
const silentDbfs = -55;

/** From the first sample of a voice at the socket of its caller to the last of the bot's there. */
const silentWithinMs = 100;
const roundsWanted = 10;
const roundsMax = 30;
/** What its jitter buffer holds when packets come evenly, 60 ms and a frame; after they did not, more for a while. */
const calmPlayoutMsMax = 80;

let platform: Platform;
let bot: ChildProcess;
let folder: string;
const told: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-bot-'));
  platform = await Platform.start();
  bot = spawn(process.execPath, ['--import', 'tsx', 'examples/bot/bot.ts', platform.daemon.grpcAddress, 'lobby'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.check.json' },
  });
  if (bot.stdout === null) throw new Error('its output is piped');
  createInterface({ input: bot.stdout }).on('line', (line) => told.push(line));
  await until(() => told.length > 0);
});
afterAll(async () => {
  bot.kill();
  if (bot.exitCode === null && bot.signalCode === null) await once(bot, 'exit');
  await platform.end();
  rmSync(folder, { recursive: true });
});

/** A vowel without an end or a pause: whenever it is cut off, that can be heard. */
function vowel(seconds: number, pitchHz: number): Int16Array {
  return Int16Array.from({ length: seconds * rateHz }, (_, index) => {
    let sum = 0;
    for (let harmonic = 1; harmonic <= 8; harmonic += 1) {
      sum += Math.sin((2 * Math.PI * harmonic * pitchHz * index) / rateHz) / harmonic;
    }
    return 3000 * sum;
  });
}

const statisticsOf = ({ callSid }: RtpGuest) => platform.client.call(AdminService.method.getLegStatistics, { callSid });
const isHeard = ({ recording }: RtpGuest): boolean => levelDbfs(recording.latest(frameSamples)) > -45;
const nothingIsHeard = ({ recording }: RtpGuest): boolean =>
  recording.length > rateHz && levelDbfs(recording.latest(rateHz / 2)) < silentDbfs;

/**
 * Speaks while the bot does; how much longer that is heard, in the time of what the caller is sent: a frame sent stands
 * for a frame heard. Null when the caller was held up meanwhile.
 */
async function interrupt(guest: RtpGuest, voice: Speech, words: Int16Array, pulse: Pulse): Promise<number | null> {
  await until(() => isHeard(guest));
  // Anywhere in a frame, and far from the end of what the bot says.
  const at = guest.recording.length + 0.3 * rateHz + Math.random() * 0.2 * rateHz;
  await until(() => guest.recording.length >= at);
  const { playoutDelayMs } = await statisticsOf(guest);
  pulse.longestMs();
  const { started, done } = voice.say(words);
  await started;
  const onset = guest.recording.length;
  await until(() => guest.recording.length >= onset + 0.25 * rateHz);
  const wasHeldUp = pulse.longestMs() > heldUpMs || playoutDelayMs > calmPlayoutMsMax;
  await done;
  const heard = guest.recording.samples().subarray(onset - frameSamples, onset + 0.8 * rateHz);
  let end = heard.length - (heard.length % pieceSamples);
  while (end > 0 && levelDbfs(heard.subarray(end - pieceSamples, end)) < silentDbfs) end -= pieceSamples;
  return wasHeldUp ? null : ((end - frameSamples) / rateHz) * 1000;
}

describe('a bot in ten lines', () => {
  it('joins a room, hears what is said there, and answers with it', { timeout: attemptsMax * 15_000 }, async () => {
    const voice = new Speech();
    const guest = await platform.dialRtp('lobby', { voice, law: 'pcmu' });
    await until(() => nothingIsHeard(guest));
    const path = join(folder, 'words.wav');
    const words = (await speak(cast.Mona, { text: 'Good morning everybody', rateHz, path })).samples;
    const heard = await undisturbed(
      platform,
      async (watch) => {
        watch(guest.callSid);
        const before = told.length;
        const from = guest.recording.length;
        await voice.say(words).done;
        await until(() => told.length > before);
        expect(told.at(-1)).toMatch(/^said all of \d+ ms$/);
        await until(() => nothingIsHeard(guest));
        return guest.recording.samples().subarray(from);
      },
      { others: [bot.pid ?? 0], utterances: 1 },
    );
    const lag = findLag(words, heard, heard.length - words.length);
    const answer = heard.subarray(lag, lag + words.length);
    // Coded twice, and nothing else done to it.
    expect(copySnrDb(words, answer)).toBeGreaterThan(25);
    expect(Math.abs(levelDbfs(answer) - levelDbfs(words))).toBeLessThan(1);
    // Nobody is answered before the pause that ends a turn.
    expect(lag / rateHz).toBeGreaterThan(words.length / rateHz + 0.6);
    await platform.hangUp(guest);
  });

  it(`is silent within ${silentWithinMs} ms of somebody's voice`, async () => {
    const voice = new Speech();
    const guest = await platform.dialRtp('lobby', { voice, law: 'pcmu' });
    await until(() => nothingIsHeard(guest));
    const words = vowel(1.2, 140);
    await voice.say(words).done;
    const pulse = new Pulse();
    const lastedMs: number[] = [];
    let rounds = 0;
    await keepingTime([platform.daemon.pid, bot.pid ?? 0], async () => {
      for (; rounds < roundsMax && lastedMs.length < roundsWanted; rounds += 1) {
        // What interrupted is what the bot says next.
        const ms = await interrupt(guest, voice, words, pulse);
        if (ms !== null) lastedMs.push(ms);
      }
    });
    pulse.stop();
    const { playoutDelayMs } = await statisticsOf(guest);
    lastedMs.sort((a, b) => a - b);
    const half = lastedMs[Math.floor(lastedMs.length / 2)];
    console.log(
      `heard for ${lastedMs.join(', ')} ms: half ${half}, at most ${lastedMs.at(-1)}; of this ` +
        `${playoutDelayMs.toFixed(1)} in the jitter buffer; ${rounds - lastedMs.length} rounds held up`,
    );
    expect(lastedMs).toHaveLength(roundsWanted);
    expect(lastedMs.at(-1)).toBeLessThanOrEqual(silentWithinMs);
    // It is cut off, and not merely at its end: each is heard for some time, and the bot says so.
    expect(lastedMs[0]).toBeGreaterThan(frameMs);
    const interruptions = (): number => told.filter((line) => line.startsWith('interrupted after')).length;
    await expect.poll(interruptions).toBeGreaterThanOrEqual(rounds);
  }, 120_000);
});

/** Sounds of a web application that a test runs, decoded by the real jobs and played as an engine plays them. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobPool, type JobPool } from '../../src/adapters/jobs/job-pool.js';
import { createSounds, type Sounds, type SoundsParts } from '../../src/adapters/sound/sounds.js';
import { systemRandom as random } from '../../src/adapters/system/random.js';
import { createContentClient } from '../../src/adapters/webhook/content-client.js';
import { createEgressPolicy } from '../../src/adapters/webhook/egress.js';
import { createWebhookClient, type WebhookClient } from '../../src/adapters/webhook/webhook-client.js';
import type { Sound, SoundRequest } from '../../src/app/sounds/sound-port.js';
import { accountSidOf } from '../support/callers.js';
import { concatenated } from '../support/clip-player.js';
import { RecordingClips } from '../support/clip-table.js';
import { realClock as clock } from '../support/real-clock.js';
import { recordingLogger, recordingMetrics } from '../support/silent.js';
import { encoded, tones } from '../support/sound-files.js';
import { measureTones } from '../support/tones.js';
import { until } from '../support/waiting.js';
import { type Answer, WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'PSK_test_signing_key';
const signingKeysOf = (): readonly string[] => [signingKey];

let jobs: JobPool;
let webhooks: WebhookClient;
beforeAll(() => {
  // What is decoded is tested, and not when: on a busy machine jobs that stand back would take minutes.
  jobs = createJobPool(0);
  const egress = createEgressPolicy([{ network: '127.0.0.0', prefix: 8 }]);
  webhooks = createWebhookClient({ clock, egress, signingKeysOf });
});
afterAll(async () => {
  await webhooks.close();
  await jobs.close();
});

let receiver: WebhookReceiver;
let clips: RecordingClips;
let metrics: ReturnType<typeof recordingMetrics>;
let logger: ReturnType<typeof recordingLogger>;
let sounds: Sounds;

const started = (over: Partial<SoundsParts> = {}): Promise<Sounds> =>
  createSounds({
    contents: createContentClient({ agentOf: webhooks.agentOf, clock, random, signingKeysOf }),
    clips,
    // Music takes the thread of the jobs for a second; one test wants it.
    jobs: { decodeSound: (task) => jobs.decodeSound(task), renderMusic: async () => {} },
    clock,
    metrics,
    logger,
    cacheBytesMax: 64 * 1024 * 1024,
    musicFile: null,
    speechCommand: 'espeak-ng',
    ...over,
  });

beforeEach(async () => {
  receiver = await WebhookReceiver.start({ signingKey });
  clips = new RecordingClips();
  metrics = recordingMetrics();
  logger = recordingLogger();
  sounds = await started();
});
afterEach(() => receiver.close());

const requestOf = (path: string, over: Partial<SoundRequest> = {}): SoundRequest => ({
  accountSid: accountSidOf('acc'),
  target: { url: receiver.url(path), method: 'GET' },
  parameters: new Map(),
  ...over,
});

/** Of a tone of 600 Hz. */
const wav = (seconds: number): Uint8Array =>
  encoded(tones(seconds, 8000, [{ hz: 600, amplitude: 0.25 }]), { rateHz: 8000, output: ['-f', 'wav'] });
const mp3 = (seconds: number): Uint8Array =>
  encoded(tones(seconds, 44_100, [{ hz: 600, amplitude: 0.25 }]), {
    rateHz: 44_100,
    output: ['-b:a', '64k', '-f', 'mp3'],
  });

const answerOf = (type: string, body: string | Uint8Array, headers: Answer['headers'] = {}): Answer => ({
  status: 200,
  headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)), ...headers },
  body,
});

async function audio(path: string, over: Partial<SoundRequest> = {}): Promise<Sound> {
  const sound = await sounds.audio(requestOf(path, over));
  if (!sound.ok) throw new Error(JSON.stringify(sound.error));
  return sound.value;
}

async function heard(sound: Sound): Promise<Int16Array> {
  const player = clips.player(sound.clip);
  const pieces: Int16Array[] = [];
  await until(() => {
    pieces.push(player.play());
    return player.hasEnded();
  });
  return concatenated(pieces);
}

const levelOf600 = (samples: Int16Array): number =>
  measureTones(samples.subarray(9600, 9600 + 24_000), 48_000, [600])[0]?.levelDb ?? 0;

describe('a sound of the web', () => {
  it.each([
    ['audio/x-wav', () => wav(1)],
    ['audio/mpeg', () => mp3(1)],
    // What is said of the kind of audio does not matter, nor does a store that says nothing.
    ['audio/mpeg', () => wav(1)],
    ['binary/octet-stream', () => mp3(1)],
  ] as const)('called %s is heard, and given back leaves nothing behind', async (type, file) => {
    const before = clips.count();
    receiver.answerNext(answerOf(type, file()));
    const sound = await audio('/a');
    expect(levelOf600(await heard(sound))).toBeCloseTo(-12, 0);
    expect(await sound.decoded).toMatchObject({ ok: true });
    expect(receiver.received).toMatchObject([{ method: 'GET', isSigned: true }]);
    sound.release();
    sound.release();
    expect(clips.count()).toBe(before);
  });

  it('without a header is what its type says: mu-law', async () => {
    const samples = tones(1, 8000, [{ hz: 600, amplitude: 0.25 }]);
    receiver.answerNext(answerOf('audio/basic', encoded(samples, { rateHz: 8000, output: ['-f', 'mulaw'] })));
    expect(levelOf600(await heard(await audio('/a.ulaw')))).toBeCloseTo(-12, 0);
  });

  it('is one of two things a wait URL may have; the other is a document, asked for with all parameters', async () => {
    const parameters = new Map([['CallSid', 'CA1']]);
    receiver.answerNext(answerOf('text/xml', '<Response/>'), answerOf('audio/wav', wav(1)));
    const request = requestOf('/wait', { target: { url: receiver.url('/wait'), method: 'POST' }, parameters });
    expect(await sounds.fetch(request)).toMatchObject({
      ok: true,
      value: { kind: 'document', url: receiver.url('/wait'), body: Buffer.from('<Response/>') },
    });
    expect(await sounds.fetch(request)).toMatchObject({ ok: true, value: { kind: 'sound' } });
    expect(receiver.received.map((received) => received.parameters)).toEqual([{ CallSid: 'CA1' }, { CallSid: 'CA1' }]);
  });

  it('an hour long begins with the first two seconds of it, and is in memory no longer than its ring', async () => {
    const seconds = mp3(20);
    const count = 180;
    let written = 0;
    let response: ServerResponse | null = null;
    // What a server that sends at twice real time has sent after a second; then it waits for the sound to begin.
    const write = (to: ServerResponse): void => {
      response = to;
      to.write(seconds.subarray(0, 16_000));
    };
    const length = String(seconds.length * count);
    receiver.answerNext({ ...answerOf('audio/mpeg', '', { 'content-length': length }), write });
    const sound = await audio('/hour.mp3');
    expect(sound).toMatchObject({ kind: 'stream', durationMs: null });
    expect(clips.memory(sound.clip).byteLength).toBeLessThan(600_000);
    expect(levelOf600(clips.player(sound.clip).play())).toBeCloseTo(-12, 0);

    const rest = (to: ServerResponse): void => {
      while (written < seconds.length * count) {
        const piece = seconds.subarray(written % seconds.length);
        written += piece.length;
        if (!to.write(piece)) return void to.once('drain', () => rest(to));
      }
    };
    written = 16_000;
    if (response !== null) rest(response);
    // Nobody plays: the ring fills, then the sockets, and then the server waits. Another sound shows that time passes.
    for (let other = 0; other < 3; other++) {
      receiver.answerNext(answerOf('audio/wav', wav(1)));
      (await audio(`/other-${other}`)).release();
    }
    expect(written).toBeLessThan(seconds.length * count);
    sound.release();
    expect(await sound.decoded).toMatchObject({ ok: false, error: { rule: 'released' } });
  });

  it('that breaks off is heard as far as it came, and says so', async () => {
    const file = mp3(3);
    const write = (response: ServerResponse): void => {
      response.write(file.subarray(0, file.length / 2), () => response.socket?.destroy());
    };
    receiver.answerNext({
      ...answerOf('audio/mpeg', '', { 'content-length': String(file.length), etag: '"1"' }),
      write,
    });
    const sound = await audio('/a.mp3');
    expect(await sound.decoded).toMatchObject({ ok: false, error: { code: 11_251 } });
    const samples = await heard(sound);
    expect(samples.length).toBeGreaterThan(48_000);
    expect(samples.length).toBeLessThan(120_000);
    // And is not kept.
    receiver.answerNext(answerOf('audio/mpeg', file, { etag: '"1"' }));
    await (await audio('/a.mp3')).decoded;
    expect(receiver.received[1]?.headers).not.toHaveProperty('if-none-match');
  });
});

describe('no sound', () => {
  const xml = '<?xml version="1.0"?><Response/>';
  it.each<readonly [string, number, () => Answer]>([
    ['404', 11_217, () => ({ status: 404 })],
    ['a document, for Play', 12_300, () => answerOf('text/xml', xml)],
    ['a document called audio', 12_300, () => answerOf('audio/mpeg', `\ufeff\n${xml}`)],
    ['audio called a document', 12_300, () => answerOf('text/xml', wav(0.1))],
    ['what is called a page', 12_300, () => answerOf('text/html', wav(0.1))],
    ['what is called nothing', 12_300, () => ({ status: 200, body: wav(0.1) })],
    ['bytes called nothing in particular', 12_300, () => answerOf('application/octet-stream', 'bytes')],
    ['nothing, called audio', 13_420, () => answerOf('audio/mpeg', '')],
    ['noise called audio', 13_420, () => answerOf('audio/mpeg', 'noise'.repeat(20_000))],
    ['audio of another kind', 13_420, () => answerOf('audio/aac', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0, 0]))],
    ['a header of WAV', 13_420, () => answerOf('audio/wav', wav(1).subarray(0, 44))],
    ['a cut connection', 11_251, () => ({ reset: true })],
    [
      'a body that is cut before it begins',
      11_251,
      () => ({
        ...answerOf('audio/wav', '', { 'content-length': '99' }),
        write: (response) => void response.write('R', () => response.socket?.destroy()),
      }),
    ],
  ])('%s → %d', async (_, code, answer) => {
    const before = clips.count();
    receiver.answerNext(answer());
    expect(await sounds.audio(requestOf('/a'))).toMatchObject({ ok: false, error: { code } });
    expect(clips.count()).toBe(before);
  });

  it('and no document: audio called one, where either may be → 12300', async () => {
    receiver.answerNext(answerOf('text/xml', wav(0.1)));
    expect(await sounds.fetch(requestOf('/wait'))).toMatchObject({ ok: false, error: { code: 12_300 } });
  });

  it('in time: a server that stops in the middle of its first bytes → 11200', async () => {
    receiver.answerNext({
      ...answerOf('audio/wav', '', { 'content-length': '99' }),
      write: (response) => void response.write('RIFF'),
    });
    expect(await sounds.audio(requestOf('/a#rt=100'))).toMatchObject({ ok: false, error: { code: 11_200 } });
  });
});

describe('a sound that was heard before', () => {
  const play = async (path: string, over: Partial<SoundRequest> = {}): Promise<Sound> => {
    const sound = await audio(path, over);
    await sound.decoded;
    sound.release();
    return sound;
  };

  it('is asked after by its tag, and is the same clip while it is the same', async () => {
    receiver.answerNext(answerOf('audio/wav', wav(1), { etag: '"1"' }), { status: 304, headers: { etag: '"1"' } });
    const [first, second] = [await play('/a.wav'), await play('/a.wav')];
    expect(second.clip).toBe(first.clip);
    expect(receiver.received[1]?.headers).toMatchObject({ 'if-none-match': '"1"' });
    receiver.answerNext(answerOf('audio/wav', wav(2), { etag: '"2"' }));
    expect(await (await play('/a.wav')).decoded).toMatchObject({ ok: true, value: 2000 });
    expect(metrics.value('parley_sound_requests_total', { outcome: 'still-the-same' })).toBe(1);
  });

  it('is not asked for while it is fresh, by the same request', async () => {
    const fresh = { 'cache-control': 'public, max-age=60' };
    receiver.answerNext(answerOf('audio/wav', wav(1), fresh), answerOf('audio/wav', wav(1), fresh));
    for (let time = 0; time < 3; time++) await play('/a.wav');
    expect(receiver.received).toHaveLength(1);
    await play('/a.wav', { parameters: new Map([['CallSid', 'CA2']]) });
    expect(receiver.received).toHaveLength(2);
  });

  it('is asked for with POST each time, and not read again when its tag is the same', async () => {
    const target = { url: receiver.url('/a.wav'), method: 'POST' as const };
    receiver.answerNext(answerOf('audio/wav', wav(1), { etag: '"1"' }), answerOf('audio/wav', wav(1), { etag: '"1"' }));
    const [first, second] = [await play('', { target }), await play('', { target })];
    expect(second.clip).toBe(first.clip);
    expect(receiver.received).toHaveLength(2);
  });

  it('was another account’s, and is asked for', async () => {
    const fresh = { 'cache-control': 'max-age=60' };
    receiver.answerNext(answerOf('audio/wav', wav(1), fresh), answerOf('audio/wav', wav(1), fresh));
    await play('/a.wav');
    await play('/a.wav', { accountSid: accountSidOf('other') });
    expect(receiver.received).toHaveLength(2);
  });

  it('was not to be stored, and is not', async () => {
    const before = clips.count();
    receiver.answerNext(answerOf('audio/wav', wav(1), { etag: '"1"', 'cache-control': 'no-store' }));
    await play('/a.wav');
    expect(clips.count()).toBe(before);
  });

  it('and was a stream because nobody said how long it is, is whole the next time', async () => {
    const fresh = { 'cache-control': 'max-age=60' };
    const file = encoded(tones(1, 48_000, [{ hz: 600, amplitude: 0.25 }]), { rateHz: 48_000, output: ['-f', 'ogg'] });
    receiver.answerNext(answerOf('audio/ogg', file, fresh));
    const first = await audio('/a.ogg');
    expect(first.kind).toBe('stream');
    await heard(first);
    first.release();
    await until(() => {
      sounds.measure();
      return metrics.value('parley_sound_cache_bytes') > 90_000;
    });
    const second = await audio('/a.ogg');
    expect(second.kind).toBe('whole');
    expect(levelOf600(await heard(second))).toBeCloseTo(-12, 0);
    expect(receiver.received).toHaveLength(1);
  });

  it('at the same time by several is fetched once', async () => {
    receiver.answerNext(answerOf('audio/wav', wav(1)));
    const playing = await Promise.all([1, 2, 3].map(() => audio('/a.wav')));
    const ids = playing.map(({ clip }) => clip);
    expect(new Set(ids).size).toBe(1);
    expect(receiver.received).toHaveLength(1);
    // Whoever gives it back twice takes it from nobody else.
    for (let time = 0; time < 3; time++) playing[0]?.release();
    for (const { clip } of playing.slice(1)) expect(clips.memory(clip).byteLength).toBeGreaterThan(96_000);
    expect(await playing[1]?.decoded).toMatchObject({ ok: true, value: 1000 });
  });

  it('goes when others need its place, but not while it is played', async () => {
    sounds = await started({ cacheBytesMax: 250_000 });
    const before = clips.count();
    const fresh = { 'cache-control': 'max-age=60' };
    for (let file = 0; file < 4; file++) receiver.answerNext(answerOf('audio/wav', wav(1), fresh));
    const played = await audio('/0');
    await played.decoded;
    await play('/1');
    await play('/2');
    await until(() => metrics.value('parley_sound_cache_evictions_total') === 1);
    expect(clips.count()).toBe(before + 2);
    expect(levelOf600(await heard(played))).toBeCloseTo(-12, 0);
    await play('/2');
    expect(receiver.received).toHaveLength(3);
    await play('/1');
    expect(receiver.received).toHaveLength(4);
  });
});

describe('what the project brings', () => {
  it('is music: rendered at start, whole, and the same clip for all', async () => {
    sounds = await started({ jobs });
    const [one, other] = [sounds.music(), sounds.music()];
    expect(other.clip).toBe(one.clip);
    expect(one).toMatchObject({ kind: 'whole', durationMs: 38_400 });
    const samples = await heard(one);
    expect(samples.length).toBe(38.4 * 48_000);
    one.release();
    other.release();
    expect(sounds.music().clip).toBe(one.clip);
  });

  it('are beeps', async () => {
    for (const which of ['enter', 'exit'] as const) {
      const beep = sounds.beep(which);
      expect(beep).toMatchObject({ kind: 'whole', durationMs: 250 });
      expect((await heard(beep)).length).toBe(12_000);
    }
  });

  it('is speech, where eSpeak NG is installed: the same words are spoken once', async () => {
    const words = { text: 'Please hold the line.', voice: 'woman', language: 'en-US' };
    const said = await sounds.say(words);
    if (!said.ok) throw new Error(said.error.rule);
    const samples = await heard(said.value);
    expect(samples.length).toBeGreaterThan(48_000 / 2);
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeGreaterThan(3000);
    const again = await sounds.say(words);
    expect(again.ok && again.value.clip === said.value.clip).toBe(true);
    const man = await sounds.say({ ...words, voice: 'man' });
    expect(man.ok && man.value.clip !== said.value.clip).toBe(true);
    expect(await sounds.say({ ...words, text: ' ' })).toMatchObject({ ok: false });
  });

  it('is no speech where it is not', async () => {
    sounds = await started({ speechCommand: 'no-such-program' });
    const words = { text: 'Hello', voice: null, language: null };
    expect(await sounds.say(words)).toEqual({ ok: false, error: { code: 13_420, rule: 'no voice is installed' } });
  });
});

/**
 * Those in a conference hear that it is recorded, where their account has it so: as loud in their ears as in the file,
 * and in no track, which is what one participant said.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Speech } from '../../src/cli/caller/voice.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { RecordingTrim } from '../../src/gen/parley/v1/dial_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { type GrpcGuest, linear16, Platform } from '../support/platform.js';
import { downloadedSamples, recordingOver } from '../support/recorded.js';
import { encoded, tones } from '../support/sound-files.js';
import { createToneMeter } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const rateHz = 16_000;
/** The two notes of a beep, and what the announcement sounds like. */
const heardHz = [659.26, 880, 2300] as const;
const account = {
  sid: '00000001-0000-4000-8000-000000000000',
  name: 'who tells',
  tokens: ['token-of-account-1'],
  signingKeys: ['a-key'],
  recordingBeep: true,
  recordingTracks: true,
};
const windowSamples = (rateHz * 60) / 1000;
const hopSamples = rateHz / 100;
const silentPeak = 3;

let platform: Platform;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.start({ signingKey: 'a-key' });
  receiver.answerAt('/recorded.wav', {
    status: 200,
    headers: { 'content-type': 'audio/wav' },
    body: encoded(tones(1, 44_100, [{ hz: heardHz[2], amplitude: 0.25 }]), { rateHz: 44_100, output: ['-f', 'wav'] }),
  });
  const accounts = [{ ...account, recordingAnnounceUrl: receiver.url('/recorded.wav') }];
  platform = await Platform.start(
    { PARLEY_ACCOUNTS: JSON.stringify(accounts), PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8' },
    account.tokens[0],
  );
});
afterAll(async () => {
  await platform.end();
  await receiver.close();
});

const meter = createToneMeter(heardHz, rateHz, windowSamples);

/** How loud each is where it is loudest, dBFS, and where that is. */
function loudest(samples: Int16Array): readonly { readonly levelDb: number; readonly at: number }[] {
  const most = heardHz.map(() => ({ levelDb: Number.NEGATIVE_INFINITY, at: 0 }));
  for (let at = 0; at + windowSamples <= samples.length; at += hopSamples) {
    meter(samples.subarray(at, at + windowSamples)).forEach(({ levelDb }, index) => {
      if (levelDb > (most[index]?.levelDb ?? 0)) most[index] = { levelDb, at };
    });
  }
  return most;
}

const peakOf = (samples: Int16Array): number => samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);

it('by a beep and an announcement, which are in the file, and in the track of nobody', {
  timeout: 60_000,
}, async () => {
  const enter = () =>
    platform.dialGrpc('told', { line: platform.openLine(), voice: new Speech(), coding: linear16(rateHz) });
  const [ana, ben] = [await enter(), await enter()];
  await listen(ben.recording, 500);
  const { conferenceSid } = ana;
  const before = [ana, ben].map(({ recording }) => recording.samples().length);
  for (const { recording } of [ana, ben]) expect(peakOf(recording.samples())).toBeLessThanOrEqual(silentPeak);
  const begun = await platform.client.call(RecordingService.method.startRecording, {
    conferenceSid,
    trim: RecordingTrim.DO_NOT_TRIM,
  });
  const sid = begun.recording?.sid ?? expect.fail('it has begun');
  const heardBy = (index: number): Int16Array =>
    [ana, ben][index]?.recording.samples().subarray(before[index]) ?? new Int16Array();
  const isHeard = ({ recording }: GrpcGuest): boolean => {
    const latest = recording.latest(windowSamples);
    return latest.length === windowSamples && (meter(latest)[2]?.levelDb ?? 0) > -20;
  };
  await until(() => isHeard(ana) && isHeard(ben));
  await listen(ana.recording, 1200);
  await platform.client.call(ConferenceService.method.updateConference, {
    conferenceSid,
    update: { case: 'end', value: {} },
  });
  const { tracks } = await recordingOver(platform.client, sid);
  const inFile = loudest(await downloadedSamples(platform.client, sid));
  const inEars = [0, 1].map((index) => loudest(heardBy(index)));
  inFile.forEach(({ levelDb, at }, index) => {
    // A beep of -20 dBFS RMS; a tone of a quarter of full scale.
    expect(levelDb, `${heardHz[index]} Hz`).toBeGreaterThan(-20);
    expect(levelDb).toBeLessThan(-10);
    for (const ear of inEars) expect(Math.abs((ear[index]?.levelDb ?? 0) - levelDb)).toBeLessThan(0.5);
    // One note after the other, then the announcement.
    if (index > 0) expect(at).toBeGreaterThan(inFile[index - 1]?.at ?? 0);
  });
  expect(tracks).toHaveLength(2);
  for (const { number } of tracks) {
    expect(peakOf(await downloadedSamples(platform.client, sid, number))).toBeLessThanOrEqual(silentPeak);
  }
});

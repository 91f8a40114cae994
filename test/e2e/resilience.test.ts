/** What goes wrong beside a conversation must not be heard in it: every frame of two listeners is counted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { linear16, Platform, type RtpGuest } from '../support/platform.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'parley-development-signing-key';
const disturbanceMs = 2000;
const floodAtOnce = 200;

/** Longer than any pause of the machine, shorter than a listener would forgive. */
const silenceMsMax = 200;

let platform: Platform;
let receiver: WebhookReceiver;
let listeners: readonly RtpGuest[];

beforeEach(async () => {
  platform = await Platform.start();
  receiver = await WebhookReceiver.start({ signingKey });
  const voice = (hz: number): Tone => new Tone({ hz, amplitude: 5000, rateHz: 8000 });
  const told = { statusCallback: receiver.url(), statusCallbackEvent: [StatusCallbackEvent.MUTE] };
  listeners = [
    await platform.dialRtp('calm', { voice: voice(440.3), law: 'pcmu' }, told),
    await platform.dialRtp('calm', { voice: voice(701.9), law: 'pcma' }),
  ];
  await Promise.all(listeners.map(({ recording }) => listen(recording, 200)));
});
afterEach(async () => {
  await platform.end();
  await receiver.close();
});

/** Audio goes on for the length of the disturbance, and nothing of it is missing at either listener. */
async function expectNoGap(disturb: () => Promise<void>): Promise<void> {
  const whole = Promise.all(listeners.map(({ recording }) => listen(recording, disturbanceMs)));
  await disturb();
  await whole;
  for (const { recording } of listeners) {
    const { missing, outOfOrder, duplicates, longestSilenceMs } = recording.arrivals();
    expect({ missing, outOfOrder, duplicates }).toEqual({ missing: 0, outOfOrder: 0, duplicates: 0 });
    expect(longestSilenceMs).toBeLessThan(silenceMsMax);
  }
}

describe('audio of the others shows no gap', () => {
  it('when the webhook receiver dies', async () => {
    const [guest] = listeners;
    if (guest === undefined) throw new Error('nobody is in the room');
    await expectNoGap(async () => {
      await platform.update(guest, { muted: true });
      await receiver.waitFor(1);
      await receiver.close();
      for (const muted of [false, true, false, true]) await platform.update(guest, { muted });
    });
    receiver = await WebhookReceiver.start({ signingKey });
  });

  it('while the control plane is flooded', async () => {
    let answered = 0;
    await expectNoGap(async () => {
      const endsAtMs = performance.now() + disturbanceMs;
      while (performance.now() < endsAtMs) {
        const requests = Array.from({ length: floodAtOnce }, () =>
          platform.client.call(ConferenceService.method.listConferences, {}),
        );
        answered += (await Promise.all(requests)).length;
      }
    });
    expect(answered).toBeGreaterThan(floodAtOnce);
  });

  it('when a gRPC client dies in the middle of its stream', async () => {
    const line = platform.openLine();
    const voice = new Tone({ hz: 1130.7, amplitude: 5000, rateHz: 16_000 });
    const bot = await platform.dialGrpc('calm', { line, voice, coding: linear16(16_000) });
    await until(() => bot.recording.length > 1600);
    await expectNoGap(async () => line.break());
  });
});

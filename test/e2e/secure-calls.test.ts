/** A secured call: nobody without its key is heard, keys change without a gap, and plain never comes back. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { every } from '../../src/cli/caller/monotonic.js';
import type { Recording } from '../../src/cli/caller/recording.js';
import { writeRtp } from '../../src/cli/caller/rtp-packet.js';
import { sdpOffer } from '../../src/cli/caller/sdp.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { encodeG711 } from '../../src/client/g711.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { Platform, type RtpGuest } from '../support/platform.js';
import { SecureCaller } from '../support/secure-caller.js';
import { newMaster, SrtpKeys } from '../support/srtp.js';
import { createToneMeter, measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';

const rateHz = 8000;
const amplitude = 8000;
/** What the secured caller says, its plain listener, and whoever has no business here. */
const [voiceHz, listenerHz, thiefHz] = [1000, 440, 2300];
const frameSamples = 160;
const weakShareMax = 0.1;

let platform: Platform;
let rooms = 0;
const open: { close(): void }[] = [];

beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(async () => {
  for (const caller of open) caller.close();
  await platform.end();
});

type Call = { readonly callSid: string; readonly caller: SecureCaller; readonly listener: RtpGuest };

async function securedCall(): Promise<Call> {
  const room = `secured ${rooms++}`;
  const caller = await SecureCaller.open(new Tone({ hz: voiceHz, amplitude, rateHz }));
  open.push(caller);
  const listener = await platform.dialRtp(room, {
    voice: new Tone({ hz: listenerHz, amplitude, rateHz }),
    law: 'pcmu',
  });
  const { callSid, media } = await platform.dial(room, { case: 'rtp', value: { sdpOffer: caller.offer() } });
  caller.accept(media.case === 'rtp' ? media.value.sdpAnswer : '');
  return { callSid, caller, listener };
}

const reoffer = (callSid: string, text: string) =>
  platform.client.call(CallService.method.updateCall, {
    callSid,
    update: { case: 'rtp', value: { sdpOffer: text } },
  });
const statistics = (callSid: string) => platform.client.call(AdminService.method.getLegStatistics, { callSid });

/**
 * The share of frames from sample `from` on in which `hz` was weak. What is lost for want of a key is counted beside
 * this, and engine_update_test.cc hears it frame by frame.
 */
function weakShareOf(hz: number, recording: Recording, from: number): number {
  const samples = recording.samples().subarray(from);
  const meter = createToneMeter([hz], rateHz, frameSamples);
  const frames = Math.floor(samples.length / frameSamples);
  const isWeak = (frame: number): boolean => {
    const [tone] = meter(samples.subarray(frame * frameSamples, (frame + 1) * frameSamples));
    return (tone?.amplitude ?? 0) < 0.7 * amplitude;
  };
  return Array.from({ length: frames }, (_, frame) => frame).filter(isWeak).length / frames;
}

async function hears(recording: Recording, hz: number): Promise<boolean> {
  const [tone] = measureTones(await listen(recording, 200, 0), rateHz, [hz]);
  return (tone?.amplitude ?? 0) > amplitude / 2;
}

describe('a secured call', { timeout: attemptsMax * 10_000 }, () => {
  it('hears and is heard', async () => {
    const { caller, listener } = await securedCall();
    await until(() => hears(listener.recording, voiceHz));
    await until(() => hears(caller.recording, listenerHz));
    expect(caller.strange).toBe(0);
  });

  it('is taken over by nobody: not with plain packets, nor another key, nor its own packets again', async () => {
    const thief = createSocket('udp4').bind(0, '127.0.0.1');
    await once(thief, 'listening');
    open.push({ close: () => thief.close() });
    let heardByThief = 0;
    thief.on('message', () => heardByThief++);
    const { callSid, caller, heard, weak } = await undisturbed(platform, async (watch) => {
      const { callSid, caller, listener } = await securedCall();
      await until(() => hears(listener.recording, voiceHz));
      const from = listener.recording.length;
      for (const each of [callSid, listener.callSid]) watch(each);
      const wrong = new SrtpKeys(newMaster());
      const tone = new Tone({ hz: thiefHz, amplitude, rateHz });
      let count = 0;
      const packets = (): Buffer[] => {
        const payload = encodeG711('pcmu', tone.next(frameSamples));
        const sequence = 1000 + caller.sent.length + 5;
        const header = { payloadType: 0, marker: false, sequence, timestamp: sequence * frameSamples, ssrc: 0x5eed };
        const plain = Buffer.from(writeRtp({ ...header, payload }));
        return [plain, wrong.protect(plain), caller.sent[count++] ?? plain];
      };
      const stop = every(20, () => {
        for (const packet of packets()) thief.send(packet, caller.remote.port, caller.remote.host);
      });
      const heard = await listen(listener.recording, 2000);
      stop();
      return { callSid, caller, heard, weak: weakShareOf(voiceHz, listener.recording, from) };
    });
    const [voice, stolen] = measureTones(heard, rateHz, [voiceHz, thiefHz]);
    expect((voice?.amplitude ?? 0) / amplitude).toBeGreaterThan(0.9);
    expect((stolen?.amplitude ?? 0) / amplitude).toBeLessThan(0.01);
    expect(weak).toBeLessThan(weakShareMax);
    expect(heardByThief).toBe(0);
    await until(() => hears(caller.recording, listenerHz));
    expect((await statistics(callSid)).packetsLost).toBe(0n);
  });

  it('drops what is sent again from its own address', async () => {
    const { callSid, weak } = await undisturbed(platform, async (watch) => {
      const { callSid, caller, listener } = await securedCall();
      await until(() => hears(listener.recording, voiceHz));
      const from = listener.recording.length;
      for (const each of [callSid, listener.callSid]) watch(each);
      await until(() => caller.sent.length > 30);
      for (const packet of caller.sent.slice(0, 20)) caller.sendAgain(packet);
      await until(async () => (await statistics(callSid)).srtpReplayed >= 20n);
      await listen(listener.recording, 500);
      return { callSid, weak: weakShareOf(voiceHz, listener.recording, from) };
    });
    expect(weak).toBeLessThan(weakShareMax);
    expect((await statistics(callSid)).packetsDuplicate).toBe(0n);
  });

  it('changes its keys in the middle of a tone', async () => {
    const { callSid, caller, weak } = await undisturbed(platform, async (watch) => {
      const { callSid, caller, listener } = await securedCall();
      await until(() => hears(listener.recording, voiceHz));
      await until(() => hears(caller.recording, listenerHz));
      const [from, fromBack] = [listener.recording.length, caller.recording.length];
      for (const each of [callSid, listener.callSid]) watch(each);
      for (let round = 0; round < 3; round++) {
        const { rtp } = await reoffer(callSid, caller.offer(true));
        expect(rtp?.sdpAnswer).toMatch(new RegExp(`^o=- \\d+ ${round + 2} `, 'm'));
        caller.accept(rtp?.sdpAnswer ?? '');
        await listen(listener.recording, 700, 0);
      }
      await listen(listener.recording, 300);
      const weak = [
        weakShareOf(voiceHz, listener.recording, from),
        weakShareOf(listenerHz, caller.recording, fromBack),
      ];
      return { callSid, caller, weak };
    });
    expect(Math.max(...weak)).toBeLessThan(weakShareMax);
    expect(caller.strange).toBe(0);
    const { srtpAuthFailed, packetsLost } = await statistics(callSid);
    expect([srtpAuthFailed, packetsLost]).toEqual([0n, 0n]);
  });

  it('stays secured, whatever is offered', async () => {
    const plain = sdpOffer({ host: '127.0.0.1', port: 4000 }, ['pcmu']);
    const { caller, weak } = await undisturbed(platform, async (watch) => {
      const { callSid, caller, listener } = await securedCall();
      await until(() => hears(listener.recording, voiceHz));
      const from = listener.recording.length;
      for (const each of [callSid, listener.callSid]) watch(each);
      await expect(reoffer(callSid, plain)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
      await listen(listener.recording, 500);
      return { caller, weak: weakShareOf(voiceHz, listener.recording, from) };
    });
    expect(weak).toBeLessThan(weakShareMax);
    expect(caller.strange).toBe(0);
  });

  it('is followed to another address, long after the first was certain', async () => {
    const { callSid, caller, listener } = await securedCall();
    await until(() => hears(listener.recording, voiceHz));
    // The engine binds its socket to a peer that it has followed for a second.
    await until(() => caller.sent.length > 100);
    await caller.move();
    caller.accept((await reoffer(callSid, caller.offer())).rtp?.sdpAnswer ?? '');
    const packets = caller.recording.arrivals().packets;
    await until(() => caller.recording.arrivals().packets > packets + 20);
    await until(() => hears(listener.recording, voiceHz));
    await until(() => hears(caller.recording, listenerHz));
    expect(caller.strange).toBe(0);
  });

  it('is held and taken back by new offers', async () => {
    const { callSid, caller, listener } = await securedCall();
    await until(() => hears(caller.recording, listenerHz));
    const held = await reoffer(callSid, `${caller.offer()}a=inactive\r\n`);
    expect(held.rtp?.sdpAnswer).toContain('a=inactive');
    await until(async () => !(await hears(listener.recording, voiceHz)));
    const packets = caller.recording.arrivals().packets;
    await listen(listener.recording, 300);
    expect(caller.recording.arrivals().packets).toBe(packets);
    caller.accept((await reoffer(callSid, caller.offer())).rtp?.sdpAnswer ?? '');
    await until(() => hears(listener.recording, voiceHz));
    await until(() => hears(caller.recording, listenerHz));
  });
});

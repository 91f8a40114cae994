/**
 * Packet captures of real telephones, those that SIPp brings: their sound is heard as they sent it, and each of their
 * keys is told once. Played by SIPp itself where it may, and by a socket of the test.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRtp } from '../../src/cli/caller/rtp-packet.js';
import { Speech } from '../../src/cli/caller/voice.js';
import { decodeG711 } from '../../src/client/g711.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { type Captured, readCapture, replay } from '../support/capture.js';
import { snrDbOfCopy } from '../support/copies.js';
import { attemptsMax, undisturbed, type Watch } from '../support/disturbances.js';
import { closed, ForeignPrograms, portPair, requirePrograms } from '../support/foreign-program.js';
import { linear16, Platform } from '../support/platform.js';
import { SipDoor } from '../support/sip-door.js';
import { sippMayPlay, sippPlays } from '../support/sipp.js';
import { listen } from '../support/waiting.js';

const rateHz = 8000;
/** Of the voice. */
const packetMs = 30;
const attemptMsMax = 20_000;
/** Frames of one who talks alone are passed on to the bit, whatever the length of packets. */
const snrDbMin = 60;
const captureFolder = '/usr/share/sip-tester';
const voice = { file: join(captureFolder, 'g711a.pcap'), ms: 7300 };
/** In the order in which somebody once pressed them; the packets of one are the later packets of the same stream. */
const keys = [...'123456789', 'star', 'pound', '0'].map((key) => ({
  file: join(captureFolder, `dtmf_2833_${key}.pcap`),
  ms: 300,
}));
const keysTold = '123456789*#0';
const keyMs = 280;
/** Rounding, and no tone. */
const silentMax = 2;

type Clip = typeof voice;
type Call = { readonly callSid: string };
/** Calls a room, plays, and hangs up; `watch` is told of the call before the first packet. */
type Player = (room: string, clips: readonly Clip[], watch: Watch) => Promise<Call>;

const programs = new ForeignPrograms();
let platform: Platform;
let door: SipDoor;
let folder: string;

beforeAll(async () => {
  requirePrograms(['sipp']);
  platform = await Platform.start();
  door = await SipDoor.open(platform);
  folder = mkdtempSync(join(tmpdir(), 'parley-captures-'));
});
afterAll(async () => {
  programs.end();
  door?.close();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const offerOf = (port: number): string =>
  [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 8 101`],
    ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', ''],
  ].join('\r\n');

const players: Readonly<Record<string, Player>> = {
  'a socket': async (room, clips, watch) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const sdpOffer = offerOf(socket.address().port);
    const { callSid, media } = await platform.dial(room, { case: 'rtp', value: { sdpOffer } });
    watch(callSid, packetMs);
    const port = Number(/^m=audio (\d+)/m.exec(media.case === 'rtp' ? media.value.sdpAnswer : '')?.[1]);
    for (const { file, ms } of clips) {
      await replay(readCapture(file), ms, (datagram) => socket.send(datagram, port, '127.0.0.1'));
    }
    await platform.hangUp({ callSid });
    await closed(socket);
    return { callSid };
  },
  ...(sippMayPlay && {
    SIPp: async (room, captures, watch) => {
      const sockets = await portPair();
      const { port } = sockets[0].address();
      await Promise.all(sockets.map(closed));
      const sipp = sippPlays(programs, join(folder, `${room}.xml`), { door: door.address, room, captures, port });
      const ended = once(sipp, 'close');
      const call = await door.established(room);
      watch(call.callSid, packetMs);
      expect(await ended).toEqual([0, null]);
      return call;
    },
  }),
};

/** Plays into a room where a guest listens, until nothing disturbs it. */
function hear([name, play]: readonly [string, Player], what: string, clips: readonly Clip[]) {
  const line = platform.openLine();
  const attempt = async (watch: Watch, number: number) => {
    const room = `${what}-${name.replace(' ', '-')}-${number}`;
    const guest = await platform.dialGrpc(room, { voice: new Speech(), line, coding: linear16(rateHz) });
    await listen(guest.recording, 100);
    const { callSid } = await play(room, clips, watch);
    // What was on its way.
    await listen(guest.recording, 300);
    await platform.hangUp(guest);
    return { callSid, heard: { rateHz, samples: guest.recording.samples() } };
  };
  return undisturbed(platform, attempt);
}

/** The keys told of a call that is over, with how long each was held in ms. */
async function keysOf(callSid: string): Promise<readonly { digit: string; ms: number }[]> {
  const told: { digit: string; ms: number }[] = [];
  for await (const { message } of platform.client.watch(EventService.method.watchEvents, { cursor: 0n })) {
    if (message.case !== 'event') continue;
    const { happened } = message.value;
    if (happened.case === 'callCompleted' && happened.value.callSid === callSid) return told;
    if (happened.case !== 'digitPressed' || happened.value.callSid !== callSid) continue;
    told.push({ digit: happened.value.digit, ms: (happened.value.duration?.nanos ?? 0) / 1e6 });
  }
  return told;
}

/** All that a capture says, laid out by its timestamps, from a little before it can be heard. */
function soundOf(captured: readonly Captured[]): Int16Array {
  const packets = captured.map(({ datagram }) => readRtp(datagram)).filter((packet) => packet !== null);
  const [first] = packets;
  const samples = new Int16Array(rateHz * 10);
  let end = 0;
  for (const { timestamp, payload } of packets) {
    const at = timestamp - (first?.timestamp ?? 0);
    samples.set(decodeG711('pcma', payload), at);
    end = at + payload.length;
  }
  const audible = samples.findIndex((sample) => Math.abs(sample) > 1000);
  return samples.subarray(Math.max(0, audible - rateHz / 10), end);
}

describe.each(Object.entries(players))('captures of telephones, played by %s', (...player) => {
  const timeout = attemptsMax * attemptMsMax;

  it('are heard as they were sent', { timeout }, async () => {
    const samples = soundOf(readCapture(voice.file));
    const { heard } = await hear(player, 'voice', [voice]);
    expect(snrDbOfCopy({ rateHz, samples }, heard)).toBeGreaterThan(snrDbMin);
  });

  it('have each key told once, and nothing of it heard', { timeout }, async () => {
    const { callSid, heard } = await hear(player, 'keys', keys);
    const told = await keysOf(callSid);
    expect(told).toEqual([...keysTold].map((digit) => ({ digit, ms: keyMs })));
    expect(heard.samples.every((sample) => Math.abs(sample) <= silentMax)).toBe(true);
  });
});

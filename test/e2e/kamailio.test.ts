/** The guide for SIP, as it stands: baresip calls Kamailio, which sends it to the SIP front of the examples. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { Baresip, baresipCodecs } from '../support/baresip.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { closed, ForeignPrograms, portPair, requirePrograms } from '../support/foreign-program.js';
import { linear16, Platform } from '../support/platform.js';
import { SipDoor } from '../support/sip-door.js';
import { createToneMeter } from '../support/tones.js';
import { until } from '../support/waiting.js';

const attemptMsMax = 20_000;
const { rateHz } = baresipCodecs.pcmu;
const amplitude = 5000;
const [telephoneHz, guestHz] = [1013, 437];
const heardSeconds = 2;

const programs = new ForeignPrograms();
let platform: Platform;
let door: SipDoor;
let folder: string;
let kamailio: string;

beforeAll(async () => {
  requirePrograms(['baresip', 'kamailio']);
  platform = await Platform.start();
  door = await SipDoor.open(platform);
  folder = mkdtempSync(join(tmpdir(), 'parley-kamailio-'));
  writeFileSync(join(folder, 'fronts.list'), `1 sip:${door.address}\n`);
  const [socket, other] = await portPair();
  kamailio = `127.0.0.1:${socket.address().port}`;
  await Promise.all([closed(socket), closed(other)]);
  programs.start('kamailio', [
    ...['-DD', '-E', '-m', '32', '-M', '4', '-P', join(folder, 'pid'), '-f', 'examples/sip-front/kamailio.cfg'],
    ...['-l', `udp:${kamailio}`, '-A', `FRONTS="${join(folder, 'fronts.list')}"`],
  ]);
});
afterAll(async () => {
  programs.end();
  door?.close();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** Of the last second but a half: the other's tone and its own, in dB beside what was said. */
function heard(samples: Int16Array, other: number, own: number): readonly [otherDb: number, ownDb: number] {
  const meter = createToneMeter([other, own], rateHz, rateHz);
  const end = samples.length - rateHz / 2;
  const [heardOther, heardOwn] = meter(samples.subarray(end - rateHz, end));
  const inDb = (found = 0): number => 20 * Math.log10(found / amplitude);
  return [inDb(heardOther?.amplitude), inDb(heardOwn?.amplitude)];
}

/** A telephone and a guest hum at each other; then the conference is ended, and the telephone is told. */
const converse = () =>
  undisturbed(platform, async (watch, attempt) => {
    const room = `standup-${attempt}`;
    const said = { rateHz, samples: new Tone({ hz: telephoneHz, amplitude, rateHz }).next(30 * rateHz) };
    const baresip = new Baresip(programs, join(folder, room), {
      ...{ codec: 'pcmu', secured: false, said, door: kamailio, room },
    });
    const { callSid } = await door.established(room);
    watch(callSid);
    const voice = new Tone({ hz: guestHz, amplitude, rateHz });
    const guest = await platform.dialGrpc(room, { voice, line: platform.openLine(), coding: linear16(rateHz) });
    await until(() => guest.recording.length > heardSeconds * rateHz);
    const heardByGuest = guest.recording.samples();
    const isTold = await door.end(callSid);
    const { samples } = await baresip.hangUp();
    await platform.hangUp(guest);
    return { heardByGuest, heardByTelephone: samples, isTold };
  });

it('brings a telephone into a room, both ways, and tells it of the end', {
  timeout: attemptsMax * attemptMsMax,
}, async () => {
  const { heardByGuest, heardByTelephone, isTold } = await converse();
  const [telephoneDb, ownOfGuestDb] = heard(heardByGuest, telephoneHz, guestHz);
  const [guestDb, ownOfTelephoneDb] = heard(heardByTelephone, guestHz, telephoneHz);
  expect(Math.abs(telephoneDb)).toBeLessThan(1);
  expect(Math.abs(guestDb)).toBeLessThan(1);
  expect(Math.max(ownOfGuestDb, ownOfTelephoneDb)).toBeLessThan(-50);
  expect(isTold).toBe(true);
});

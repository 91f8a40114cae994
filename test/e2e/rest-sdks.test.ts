/**
 * What the vendors' own clients make of the REST API of a live daemon with people who talk: every operation of
 * conferences, participants, recordings and calls, lists by their own pagers, errors as their own exceptions.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { certifiedFor } from '../support/authority.js';
import { linear16, Platform, type RtpGuest } from '../support/platform.js';
import { measureTones } from '../support/tones.js';
import { type VendorClient, type VendorConference, vendorClient } from '../support/vendor-clients.js';
import { listen, until } from '../support/waiting.js';

const uuid = 'b3877c40-da60-4998-90ad-b792e98472af';
const token = 'a-token-of-acme-that-is-long';
const amplitude = 5000;
const hz = { ana: 440.3, ben: 701.9 } as const;

const vendors = [
  { vendor: 'twilio', accountSid: `AC${uuid.replaceAll('-', '')}`, sid: /^CF[0-9a-f]{32}$/, isIn: 'connected' },
  { vendor: 'signalwire', accountSid: uuid, sid: /^[0-9a-f-]{36}$/, isIn: 'in-progress' },
] as const;

describe.each(vendors)('the SDK of $vendor', ({ vendor, accountSid, sid, isIn }) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sdk-'));
  const { authorityFile, cert, key } = certifiedFor('DNS:localhost,IP:127.0.0.1', folder);
  let platform: Platform;
  let client: VendorClient;
  let address: string;

  beforeAll(async () => {
    const [certFile, keyFile] = [join(folder, 'rest.pem'), join(folder, 'rest.key')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const account = { sid: uuid, name: 'acme', tokens: [token], signingKeys: ['key'], flavour: vendor };
    platform = await Platform.start(
      {
        PARLEY_ACCOUNTS: JSON.stringify([account]),
        PARLEY_REST_TLS_CERT_FILE: certFile,
        PARLEY_REST_TLS_KEY_FILE: keyFile,
      },
      token,
    );
    address = platform.daemon.restAddress.replace('127.0.0.1', 'localhost');
    client = vendorClient(vendor, address, { accountSid, token }, authorityFile);
  });
  afterAll(async () => {
    await platform.end();
    rmSync(folder, { recursive: true });
  });

  async function anaAndBen(room: string): Promise<{ readonly ana: RtpGuest; readonly ben: RtpGuest }> {
    const voice = (who: keyof typeof hz) => new Tone({ hz: hz[who], amplitude, rateHz: 8000 });
    return {
      ana: await platform.dialRtp(room, { voice: voice('ana'), law: 'pcmu' }, { participantLabel: 'ana' }),
      ben: await platform.dialRtp(room, { voice: voice('ben'), law: 'pcmu' }),
    };
  }

  /** Once what is heard has become so. */
  const hears = (guest: RtpGuest, tone: number, expected: boolean): Promise<void> =>
    until(async () => {
      const [found] = measureTones(await listen(guest.recording, 300), guest.recording.rateHz, [tone]);
      return (found?.amplitude ?? 0) > amplitude / 4 === expected;
    });

  const refusal = (asked: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> =>
    asked.then(
      () => expect.fail('it was not refused'),
      (error) => error,
    );

  it('lists, shows and ends conferences', async () => {
    await anaAndBen('listed');
    const [found, ...others] = await client.conferences.list({ friendlyName: 'listed', status: 'in-progress' });
    const { sid: conferenceSid, dateCreated } = found ?? expect.fail('it is not listed');
    expect(others).toEqual([]);
    expect(conferenceSid).toMatch(sid);
    expect(Math.abs(dateCreated.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await client.conferences.list({ dateCreated, friendlyName: 'listed' })).toHaveLength(1);
    const dayBefore = new Date(Date.now() - 86_400_000);
    expect(await client.conferences.list({ dateCreatedBefore: dayBefore })).toEqual([]);
    expect(await client.conferences.list({ dateUpdatedAfter: dayBefore, friendlyName: 'listed' })).toHaveLength(1);
    const conference = client.conferences(conferenceSid);
    expect(await conference.fetch()).toMatchObject({
      sid: conferenceSid,
      friendlyName: 'listed',
      status: 'in-progress',
    });
    const announced = await conference.update({ announceUrl: 'http://127.0.0.1:9/nobody.mp3', announceMethod: 'GET' });
    expect(announced.status).toBe('in-progress');
    expect(await conference.update({ status: 'completed' })).toMatchObject({ status: 'completed' });
    expect((await conference.fetch()).status).toBe('completed');
    const again = await refusal(conference.update({ status: 'completed' }));
    expect(again).toMatchObject({ status: 400, code: 10_000 });
  });

  it('has somebody called into a room by its name, who is then heard in it', async () => {
    const voice = new Tone({ hz: hz.ana, amplitude, rateHz: 8000 });
    const ana = await platform.dialRtp('who is called', { voice, law: 'pcmu' });
    const originator = spawn(
      process.execPath,
      ['--import', 'tsx', 'examples/originator/originator.ts', '--address', platform.daemon.grpcAddress],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PARLEY_TOKEN: token } },
    );
    try {
      for await (const line of createInterface({ input: originator.stdout })) if (line.includes('"subscribed"')) break;
      const { participants } = client.conferences('who is called');
      const wishes = { from: '+15550100001', to: 'tone:701', label: 'called', beep: 'false', timeout: 20 };
      const { callSid } = await participants.create(wishes);
      await hears(ana, 701, true);
      const { participants: those } = client.conferences(ana.conferenceSid);
      expect(await those(callSid).fetch()).toMatchObject({ callSid, status: isIn, muted: false });
      expect(await those.list()).toHaveLength(2);
      expect(await those(callSid).remove()).toBe(true);
      expect(await refusal(participants.create({ from: '+1', to: '' }))).toMatchObject({ status: 400, code: 20_001 });
    } finally {
      originator.kill();
      await once(originator, 'exit');
    }
  });

  it('mutes, holds, coaches and takes out participants, as is heard', async () => {
    const { ana, ben } = await anaAndBen('heard');
    const { participants } = client.conferences(ana.conferenceSid);
    const listed = await participants.list();
    expect(listed).toHaveLength(2);
    expect(listed[0]).toMatchObject({ muted: false, hold: false, coaching: false, status: isIn });
    const { callSid } = listed[0] ?? expect.fail('nobody is in');
    await hears(ben, hz.ana, true);
    expect(await participants(callSid).update({ muted: true })).toMatchObject({ callSid, muted: true });
    await hears(ben, hz.ana, false);
    expect(await participants.list({ muted: true })).toMatchObject([{ callSid, muted: true }]);
    expect(await participants(callSid).update({ muted: false })).toMatchObject({ muted: false });
    await hears(ben, hz.ana, true);
    expect(await participants('ana').update({ hold: true, holdUrl: '' })).toMatchObject({ callSid, hold: true });
    await hears(ana, hz.ben, false);
    expect(await participants.list({ hold: true })).toHaveLength(1);
    expect(await participants(callSid).update({ hold: false })).toMatchObject({ hold: false });
    await hears(ana, hz.ben, true);
    const coaching = { coaching: true, callSidToCoach: ben.callSid };
    expect(await participants(callSid).update(coaching)).toMatchObject({ coaching: true });
    expect(await participants(callSid).update({ coaching: false })).toMatchObject({ coaching: false });
    const rest = {
      ...{ endConferenceOnExit: true, beepOnExit: false, waitUrl: 'http://127.0.0.1:9/wait', waitMethod: 'GET' },
      ...{ announceUrl: 'http://127.0.0.1:9/nobody.mp3', announceMethod: 'POST' },
    };
    expect(await participants(ben.callSid).update(rest)).toMatchObject({ muted: false });
    expect(await participants(ben.callSid).fetch()).toMatchObject({ endConferenceOnExit: true });
    expect(await participants(callSid).remove()).toBe(true);
    expect(await refusal(participants(callSid).fetch())).toMatchObject({ status: 404, code: 20_404 });
    expect(await participants.list()).toHaveLength(1);
  });

  it('shows, redirects and hangs up calls', async () => {
    const { ana } = await anaAndBen('called');
    const call = client.calls(ana.callSid);
    expect(await call.fetch()).toMatchObject({ status: 'in-progress' });
    const twiml = '<Response><Dial><Conference beep="false">moved</Conference></Dial></Response>';
    expect(await call.update({ twiml })).toMatchObject({ status: 'in-progress' });
    await until(async () => (await client.conferences.list({ friendlyName: 'moved' })).length === 1);
    expect(await call.update({ status: 'completed' })).toMatchObject({ status: 'completed' });
    expect((await client.calls.list({ status: 'completed' })).map((each) => each.sid)).toContain(
      (await call.fetch()).sid,
    );
    expect(await refusal(call.update({ status: 'completed' }))).toMatchObject({ status: 400, code: 21_220 });
  });

  it('pages through 120 rooms by its own pagers', async () => {
    const media = { case: 'grpc', value: { encoding: linear16(8000).encoding, sampleRateHz: 8000 } } as const;
    for (let room = 0; room < 120; room += 1) {
      const conference = { roomName: `page ${room}`, waitUrl: '' };
      await platform.client.call(CallService.method.dial, {
        instruction: { case: 'dial', value: { conference } },
        media,
      });
    }
    const rooms = (conferences: readonly VendorConference[]): readonly string[] =>
      conferences.map(({ friendlyName }) => friendlyName);
    const newestFirst = Array.from({ length: 120 }, (_, index) => `page ${119 - index}`);
    const all = rooms(await client.conferences.list({ status: 'init' }));
    expect(all.filter((name) => name.startsWith('page'))).toEqual(newestFirst);
    expect(rooms(await client.conferences.list({ status: 'init', pageSize: 50, limit: 75 }))).toEqual(all.slice(0, 75));
    expect(rooms(await client.conferences.list({ status: 'init', limit: 5000 }))).toEqual(all);
    const first = await client.conferences.page({ status: 'init', pageSize: 50 });
    expect(rooms(first.instances)).toEqual(all.slice(0, 50));
    const second = (await first.nextPage()) ?? expect.fail('there is no second page');
    expect(rooms(second.instances)).toEqual(all.slice(50, 100));
    const third = (await second.nextPage()) ?? expect.fail('there is no third page');
    expect(rooms(third.instances)).toEqual(all.slice(100));
    expect(third.nextPage()).toBeUndefined();
    const back = (await third.previousPage()) ?? expect.fail('there is no way back');
    expect(rooms(back.instances)).toEqual(all.slice(50, 100));
    const each = await new Promise<readonly string[]>((resolve, reject) => {
      const seen: string[] = [];
      const done = (error?: unknown): void => (error instanceof Error ? reject(error) : resolve(seen));
      client.conferences.each({ status: 'init', pageSize: 7, done, callback: seePage(seen) });
    });
    expect(each).toEqual(all);
  });

  it('throws its own exceptions, with the code and a page that says what it means', async () => {
    const nobody = vendor === 'twilio' ? `CF${'0'.repeat(32)}` : '00000000-0000-4000-8000-000000000000';
    const stranger = vendorClient(vendor, address, { accountSid, token: 'wrong' }, authorityFile);
    const refusals = [
      [() => client.conferences(nobody).fetch(), 404, 20_404],
      [() => client.conferences(nobody).participants(nobody).update({ muted: true }), 404, 20_404],
      [() => client.conferences(nobody).participants.list(), 404, 20_404],
      [() => client.conferences.list({ status: 'strange' }), 400, 20_001],
      [() => client.conferences.page({ pageSize: -1 }), 400, 54_454],
      [() => stranger.conferences.list(), 401, 20_003],
    ] as const;
    for (const [asked, status, code] of refusals) {
      const error = await refusal(asked());
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ status, code, moreInfo: `https://${address}/errors/${code}` });
      expect(error.message).not.toBe('');
      expect(await textAt(String(error.moreInfo))).toContain(`<h1>${code}</h1>`);
    }
  });

  it('pauses, resumes, stops, lists and deletes recordings, whose audio can be fetched', async () => {
    const { ana } = await anaAndBen('recorded');
    const conference = client.conferences(ana.conferenceSid);
    const url = `https://${address}/2010-04-01/Accounts/${accountSid}`;
    expect(await post(`${url}/Conferences/${ana.conferenceSid}/Recordings.json`)).toBe(201);
    const [recording] = await conference.recordings.list();
    const { sid: recordingSid, status } = recording ?? expect.fail('nothing is recorded');
    expect(status).toBe('in-progress');
    await listen(ana.recording, 500);
    const change = (wishes: Readonly<Record<string, unknown>>) => conference.recordings(recordingSid).update(wishes);
    expect(await change({ status: 'paused', pauseBehavior: 'skip' })).toMatchObject({ status: 'paused' });
    expect(await refusal(change({ status: 'paused' }))).toMatchObject({ status: 422, code: 16_114 });
    expect(await change({ status: 'in-progress' })).toMatchObject({ status: 'in-progress' });
    await listen(ana.recording, 500);
    await change({ status: 'stopped' });
    await until(async () => (await client.recordings(recordingSid).fetch()).status === 'completed');
    const listed = await client.recordings.list({ conferenceSid: ana.conferenceSid });
    expect(listed.map((each) => each.sid)).toEqual([recordingSid]);
    expect(await textAt(`${url}/Recordings/${recordingSid}.wav`)).toMatch(/^RIFF/);
    expect(await client.recordings(recordingSid).remove()).toBe(true);
    expect(await refusal(conference.recordings(recordingSid).fetch())).toMatchObject({ status: 404, code: 20_404 });
  });

  const post = (url: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const wishes = { method: 'POST', auth: `${accountSid}:${token}`, rejectUnauthorized: false };
      const request = https.request(url, wishes, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });

  it('does what the examples do', async () => {
    const examples = {
      twilio: { program: process.execPath, args: ['examples/rest/mute-everybody-twilio.mjs'] },
      signalwire: { program: process.execPath, args: ['examples/rest/mute-everybody-signalwire.mjs'] },
      curl: { program: 'examples/rest/mute-everybody.sh', args: [] },
    };
    for (const [name, { program, args }] of Object.entries(examples)) {
      if (name !== vendor && name !== 'curl') continue;
      const room = `muted & by ${name}`;
      const { ana, ben } = await anaAndBen(room);
      const { stdout } = await promisify(execFile)(program, [...args, room], {
        env: {
          PATH: process.env.PATH,
          ...{ REST_URL: `https://${address}`, REST_HOST: address, ACCOUNT: accountSid, TOKEN: token },
          ...{ NODE_EXTRA_CA_CERTS: authorityFile, TWILIO_CA_BUNDLE: authorityFile, CURL_CA_BUNDLE: authorityFile },
        },
      });
      expect(stdout.trim().split('\n')).toHaveLength(2);
      const muted = await client.conferences(ana.conferenceSid).participants.list({ muted: true });
      expect(muted).toHaveLength(2);
      await hears(ben, hz.ana, false);
    }
  });

  const textAt = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      https
        .get(url, { auth: `${accountSid}:${token}`, rejectUnauthorized: false }, (response) => {
          let text = '';
          response.on('data', (piece) => {
            text += piece;
          });
          response.on('end', () => resolve(text));
        })
        .on('error', reject);
    });
});

const seePage =
  (seen: string[]) =>
  ({ friendlyName }: VendorConference): void => {
    seen.push(friendlyName);
  };

/**
 * What must not be read by those who read logs: numbers, tokens, keys, credentials and queries of URLs, bodies, digits.
 * A daemon that logs everything is given each of them in all places that take one, most of them where something goes
 * wrong then; afterwards none is in its log, its audit trail or what it prints of its configuration.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type DaemonProcess, startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { unsoughtTcpPort } from '../support/unsought-port.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const sid = '7b3f1c2a-0000-4000-8000-0000000000aa';
const secrets = {
  caller: '+15550107731',
  called: '15550107732',
  token: 'token-that-is-a-secret-1',
  wrongToken: 'token-that-was-guessed-2',
  signingKey: 'signing-key-that-is-a-secret',
  user: 'user-of-a-url',
  password: 'password-of-a-url',
  query: 'secret-of-a-query',
  fragment: 'secret-of-a-fragment',
  srtpKey: 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj',
  words: 'words of a document nobody may read',
  digits: '4711081547110815',
} as const;

const urlOf = (port: number, path: string): string =>
  `http://${secrets.user}:${secrets.password}@127.0.0.1:${port}/${path}?key=${secrets.query}#x=${secrets.fragment}`;

const offer = (protocol: string): string =>
  [
    ...['v=0', `o=${secrets.caller} 1 1 IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio 40000 ${protocol} 0 101`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000'],
    ...[`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${secrets.srtpKey}`, ''],
  ].join('\r\n');

const settings = {
  PARLEY_LOG_LEVEL: 'debug',
  PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
  PARLEY_ACCOUNTS: JSON.stringify([{ sid, name: 'acme', tokens: [secrets.token], signingKeys: [secrets.signingKey] }]),
};

/** All that it is told goes wrong in some way, but for the first call, which is one to be changed. */
async function tellEverything(daemon: DaemonProcess, refusing: number, closed: number): Promise<void> {
  const client = new ApiClient(daemon.grpcAddress, secrets.token);
  const stranger = new ApiClient(daemon.grpcAddress, secrets.wrongToken);
  const call = { from: secrets.caller, to: secrets.called };
  const rtp = { case: 'rtp', value: { sdpOffer: offer('RTP/SAVP') } } as const;
  const dial = (conference: object) =>
    ({ case: 'dial', value: { conference: { roomName: 'one', ...conference } } }) as const;
  const told = { statusCallback: urlOf(refusing, 'status'), statusCallbackEvent: [StatusCallbackEvent.JOIN] };
  const { callSid, conferenceSid } = await client.call(CallService.method.dial, {
    ...{ call, media: rtp, instruction: dial({ ...told, waitUrl: urlOf(closed, 'wait') }) },
  });
  const said = { words: secrets.words, number: secrets.caller };
  const documents = [
    `<Response><Say>${said.words}</Say><Dial>` +
      `<Conference statusCallback="ftp://${secrets.user}:${secrets.password}@h/" ` +
      `foo="${said.number}" beep="${secrets.query}">${said.number}</Conference></Dial></Response>`,
    `<Response><Say>${said.words}</Response>`,
    `<Response><Dial><Number>${said.number}</Number></Dial><Play>${urlOf(closed, 'sound')}</Play></Response>`,
    `${said.words} ${said.number}`,
  ];
  const attempts: readonly (() => Promise<unknown>)[] = [
    ...documents.map(
      (document) => () =>
        client.call(CallService.method.dial, { call, media: rtp, instruction: { case: 'document', value: document } }),
    ),
    ...[closed, refusing].map((port) => () => {
      const documentUrl = { url: urlOf(port, 'document') };
      const instruction = { case: 'documentUrl', value: documentUrl } as const;
      return client.call(CallService.method.dial, { call, media: rtp, instruction, fallback: documentUrl });
    }),
    () => client.call(CallService.method.dial, { call, instruction: dial(told), media: badMedia() }),
    () => client.call(CallService.method.dial, { call, instruction: dial({ statusCallback: 'x:?' }), media: rtp }),
    () => stranger.call(CallService.method.getCall, { callSid }),
    () => client.call(CallService.method.sendDigits, { callSid, digits: secrets.digits }),
    () =>
      client.call(ConferenceService.method.updateConference, {
        ...{ conferenceSid, announcement: { url: urlOf(closed, 'announcement') } },
      } as never),
    ...[secrets.token, secrets.wrongToken].flatMap((token) => [
      () => rest(daemon, token, `Calls/${callSid}`, { Twiml: documents[1] ?? '' }),
      () => rest(daemon, token, `Calls/${callSid}`, { Url: urlOf(closed, 'redirect') }),
      () =>
        rest(daemon, token, `Conferences/${conferenceSid}/Participants`, {
          ...{ From: secrets.caller, To: secrets.called, StatusCallback: urlOf(closed, 'call') },
        }),
      () => rest(daemon, token, `Conferences/${conferenceSid}`, { AnnounceUrl: urlOf(closed, 'announcement') }),
    ]),
    () => client.call(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } }),
  ];
  for (const attempt of attempts) await attempt().catch(() => {});
  client.close();
  stranger.close();
}

const badMedia = () =>
  ({ case: 'rtp', value: { sdpOffer: offer('RTP/SAVP').replace('m=audio', `m=${secrets.caller}`) } }) as const;

async function rest(daemon: DaemonProcess, token: string, path: string, form: Readonly<Record<string, string>>) {
  const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`;
  const url = `http://${daemon.restAddress}/2010-04-01/Accounts/${sid}/${path}.json`;
  const answer = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
  await answer.arrayBuffer();
}

it('writes no secret into its log or its audit trail, whatever goes wrong', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-secrets-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const receiver = await WebhookReceiver.start({ signingKey: secrets.signingKey });
  receiver.answerAt('/status', { status: 404 });
  receiver.answerAt('/document', { status: 200, headers: { 'content-type': 'text/xml' }, body: `<${secrets.words}` });
  onTestFinished(() => receiver.close());
  const daemon = await startDaemon({ ...settings, PARLEY_DATA_DIR: dataDir });
  const logOf = (): string => daemon.log().join('\n');
  try {
    await tellEverything(daemon, Number(new URL(receiver.url('/')).port), await unsoughtTcpPort());
    await expect.poll(logOf).toContain('"event":"callback-dropped"');
  } finally {
    await daemon.stop();
  }
  const log = logOf();
  // It was said that something was wrong.
  for (const event of ['document-finding', 'participant-joined', 'callback-dropped']) expect(log).toContain(event);
  const audit = readFileSync(join(dataDir, 'audit.jsonl'), 'utf8');
  expect(audit.split('\n').length).toBeGreaterThan(10);
  for (const [name, secret] of Object.entries(secrets)) {
    for (const [where, text] of [
      ['log', log],
      ['audit trail', audit],
    ] as const) {
      const line = text.split('\n').find((each) => each.includes(secret) || each.includes(encodeURIComponent(secret)));
      expect(line, `${name} in the ${where}`).toBeUndefined();
    }
  }
});

it('prints its configuration without secrets', () => {
  const printed = execFileSync(process.execPath, ['dist/cli/main.js', 'config', 'print'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...settings },
  });
  expect(printed).toContain('acme');
  for (const secret of [secrets.token, secrets.signingKey]) expect(printed).not.toContain(secret);
});

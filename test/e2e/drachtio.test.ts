/**
 * The program of docs/sip.md for drachtio, as it stands there, against a daemon. Debian has no drachtio server, so what
 * stands for `drachtio-srf` here is one call: an INVITE, another offer, and a BYE.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { Platform } from '../support/platform.js';

const standIn = `
const { EventEmitter } = require('node:events');
const offer = (port, version) => [
  ...['v=0', 'o=- 1 ' + version + ' IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio ' + port + ' RTP/AVP 0', ''],
].join('\\r\\n');
module.exports = class Srf {
  connect() {}
  async createUAS(request, response, { localSdp }) {
    console.log('answered ' + /m=audio/.test(localSdp));
    return this.dialog;
  }
  invite(take) {
    this.dialog = new EventEmitter();
    const named = { uri: 'sip:daily%20call@example.org', callingNumber: 'ann', calledNumber: 'room' };
    const request = { ...named, body: offer(40000, 1) };
    const refused = (status) => { console.log('refused ' + status); process.exit(1); };
    take(request, { send: refused }).then(() => {
      const send = (status, { body }) => {
        console.log('answered anew ' + status + ' ' + /m=audio/.test(body));
        this.dialog.emit('destroy');
      };
      this.dialog.emit('modify', { body: offer(40002, 2) }, { send });
    });
  }
};
`;

let platform: Platform;
let folder: string;
beforeAll(async () => {
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-drachtio-'));
});
afterAll(async () => {
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

it('takes a call, another offer and the end of it', async () => {
  const program = /^## drachtio[\s\S]*?```js\n([\s\S]*?)```/m.exec(readFileSync('docs/sip.md', 'utf8'))?.[1] ?? '';
  mkdirSync(join(folder, 'node_modules/drachtio-srf'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/drachtio-srf/index.js'), standIn);
  symlinkSync(resolve('node_modules/@grpc'), join(folder, 'node_modules/@grpc'));
  symlinkSync(resolve('proto'), join(folder, 'proto'));
  writeFileSync(join(folder, 'front.cjs'), program.replace('127.0.0.1:7300', platform.daemon.grpcAddress));

  // It serves for ever: what it said by the time its call is over counts.
  const run = promisify(execFile)(process.execPath, ['front.cjs'], { cwd: folder });
  const { calls } = await over();
  expect(calls).toMatchObject([{ facts: { from: 'ann', to: 'room' } }]);
  run.child.kill();
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
  expect(stdout).toBe('answered true\nanswered anew 200 true\n');
});

/** The call is over, and what is known of it then. */
async function over() {
  for await (const { message } of platform.client.watch(EventService.method.watchEvents, { cursor: 0n })) {
    if (message.case === 'event' && message.value.happened.case === 'callCompleted') break;
  }
  return platform.client.call(CallService.method.listCalls, {});
}

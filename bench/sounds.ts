/**
 * How late the engine's ticks are while the sounds of a web application are decoded: calls that hear an MP3 each, every
 * one of another URL, so that nothing is kept from before. Calls say tones in PCMU in rooms of three meanwhile; the
 * lateness of ticks is told with the decoding and without, in turns.
 *
 *   tsx bench/sounds.ts [--decoding 40] [--seconds 10] [--rounds 3] [--legs 30] [--length 300]
 *
 * `--decoding`: calls that are given something else to hear all the time; `--length`: seconds of each MP3. Needs
 * `make build` and ffmpeg.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { readCounters } from '../src/cli/counters.js';
import { ApiClient } from '../src/client/api-client.js';
import { MediaEncoding } from '../src/gen/parley/v1/call_pb.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { encoded, tones } from '../test/support/sound-files.js';
import { type Lateness, openToneRooms } from './tone-rooms.js';

const rateHz = 44_100;
/** Each call is given another sound so often. */
const turnMs = 1000;

const { values } = parseArgs({
  options: {
    decoding: { type: 'string', default: '40' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    legs: { type: 'string', default: '30' },
    length: { type: 'string', default: '300' },
  },
});
const [decoding, seconds, rounds, legs, lengthSeconds] = [
  values.decoding,
  values.seconds,
  values.rounds,
  values.legs,
  values.length,
].map(Number) as [number, number, number, number, number];

const mp3 = encoded(tones(lengthSeconds, rateHz, [{ hz: 600, amplitude: 0.25 }]), {
  rateHz,
  output: ['-b:a', '64k', '-f', 'mp3'],
});
const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(mp3));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const rooms = await openToneRooms(legs);
const client = new ApiClient(rooms.addresses.grpc, null);
const { dial, updateCall } = CallService.method;

let asked = 0;
const somethingElse = (): string => {
  asked += 1;
  return `<Response><Play>http://127.0.0.1:${port}/${asked}.mp3</Play></Response>`;
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const calls = await Promise.all(
  Array.from({ length: decoding }, async () => {
    const { callSid } = await client.call(dial, {
      instruction: { case: 'document', value: '<Response><Pause length="3600"/></Response>' },
      media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU } },
    });
    return callSid;
  }),
);
const update = (callSid: string, document: string): Promise<unknown> =>
  client.call(updateCall, { callSid, update: { case: 'document', value: document } });

/** Until the time is over. */
async function decode(): Promise<void> {
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    await Promise.all([...calls.map((callSid) => update(callSid, somethingElse())), pause(turnMs)]);
  }
  await Promise.all(calls.map((callSid) => update(callSid, '<Response><Pause length="3600"/></Response>')));
}

const tell = (name: string, { ticks, p50Us, p99Us, p999Us, overrun, caughtUp, concealed }: Lateness): void => {
  process.stdout.write(
    `${name}: ${ticks} ticks, late by at most ${p50Us} us (half), ${p99Us} us (99 %), ${p999Us} us (99.9 %); ` +
      `${overrun} overrun, ${caughtUp} caught up, ${concealed} frames concealed\n`,
  );
};

await rooms.during(decode);
for (let round = 1; round <= rounds; round += 1) {
  tell('at rest', await rooms.during(() => pause(seconds * 1000)));
  const before = await readCounters(`http://${rooms.addresses.http}`);
  tell('decoding', await rooms.during(decode));
  const after = await readCounters(`http://${rooms.addresses.http}`);
  const decodings = after('parley_sound_decodings_total') - before('parley_sound_decodings_total');
  process.stdout.write(`  ${asked} sounds asked for in all, ${decodings} decodings ended in this round\n`);
}
client.close();
await rooms.close();
server.close();
process.exit(0);

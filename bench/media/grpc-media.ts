/**
 * What a leg whose media comes over gRPC costs: many on one stream, in pairs who hear each other, beside a bare gRPC
 * server that sends the same messages back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { every } from '../../src/cli/caller/monotonic.js';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../../src/gen/parley/v1/dial_pb.js';
import {
  FramesSchema,
  MediaService,
  type StreamRequest,
  StreamRequestSchema,
} from '../../src/gen/parley/v1/media_service_pb.js';
import { usPerLegFrame } from '../load/account.js';
import { bareService, startBareGrpc } from '../support/bare-grpc.js';
import { cpuNs } from '../support/child.js';
import type { Row } from '../support/rows.js';

const rateHz = 16_000;
const frameSamples = rateHz / 50;
const frameBytes = 2 * frameSamples;
const frameMs = 20;
const warmUpMs = 2000;

/** Two chords that fit a frame: what one of a pair says, and what the other must hear to the bit. */
const chords = [300, 500].map((hz) => {
  const bytes = Buffer.alloc(frameBytes);
  for (let index = 0; index < frameSamples; index += 1) {
    bytes.writeInt16LE(Math.round(6000 * Math.sin((2 * Math.PI * hz * index) / rateHz)), 2 * index);
  }
  return bytes;
});
const says = (leg: number): Buffer => chords[leg % 2] ?? Buffer.of();
const hears = (leg: number): Buffer => chords[(leg + 1) % 2] ?? Buffer.of();

const messageOf = (legs: number): StreamRequest =>
  create(StreamRequestSchema, {
    message: {
      case: 'frames',
      value: create(FramesSchema, {
        legs: Array.from({ length: legs }, (_, leg) => leg),
        payload: Buffer.concat(Array.from({ length: legs }, (_, leg) => says(leg))),
      }),
    },
  });

type Measured = { readonly us: number; readonly right: number; readonly frames: number };

async function measureBare(legs: number, seconds: number): Promise<Measured> {
  const bare = await startBareGrpc();
  const client = new Client(bare.address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = bareService.stream;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const message = Buffer.from(toBinary(StreamRequestSchema, messageOf(legs)));
  let [right, frames, isMeasured] = [0, 0, false];
  stream.on('data', (bytes: Buffer) => {
    if (!isMeasured) return;
    frames += legs;
    right += bytes.equals(message) ? legs : 0;
  });
  stream.on('error', () => {});
  const stop = every(frameMs, () => stream.write(message));
  try {
    await sleep(warmUpMs);
    isMeasured = true;
    const us = await cpuOf(bare.pid, legs, seconds);
    return { us, right, frames };
  } finally {
    stop();
    stream.cancel();
    client.close();
    bare.stop();
  }
}

async function cpuOf(pid: number, legs: number, seconds: number): Promise<number> {
  const [beforeNs, startedMs] = [cpuNs(pid), performance.now()];
  await sleep(seconds * 1000);
  return usPerLegFrame((cpuNs(pid) - beforeNs) / 1e9, legs, (performance.now() - startedMs) / 1000);
}

async function measureParley(legs: number, seconds: number): Promise<Measured> {
  const daemon = await startDaemon({ PARLEY_LOG_LEVEL: 'warn', PARLEY_TICK_LOAD_MAX: '1' });
  const client = new ApiClient(daemon.grpcAddress, null);
  const stream = client.stream(MediaService.method.stream);
  let [right, frames, attached, isMeasured] = [0, 0, 0, false];
  stream.on('error', () => {});
  stream.on('data', ({ message }) => {
    if (message.case === 'attached') attached += 1;
    if (message.case !== 'frames' || !isMeasured) return;
    const { legs: numbers, payload } = message.value;
    for (const [index, leg] of numbers.entries()) {
      frames += 1;
      const heard = payload.subarray(index * frameBytes, (index + 1) * frameBytes);
      right += hears(leg).equals(heard) ? 1 : 0;
    }
  });
  let stop = (): void => {};
  try {
    for (let leg = 0; leg < legs; leg += 1) {
      const conference = { roomName: `pair ${leg >> 1}`, beep: Beep.FALSE, waitUrl: '' };
      const { callSid } = await client.call(CallService.method.dial, {
        instruction: { case: 'dial', value: { conference } },
        media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: rateHz } },
      });
      stream.write(create(StreamRequestSchema, { message: { case: 'attach', value: { leg, callSid } } }));
    }
    while (attached < legs) await sleep(10);
    const message = messageOf(legs);
    stop = every(frameMs, () => stream.write(message));
    await sleep(warmUpMs);
    isMeasured = true;
    const us = await cpuOf(daemon.pid, legs, seconds);
    return { us, right, frames };
  } finally {
    stop();
    stream.cancel();
    client.close();
    await daemon.stop();
  }
}

/** FNV-1a over what must be heard, when nearly all of it was. */
function checksumOf({ right, frames }: Measured): string {
  if (frames === 0 || right < 0.9 * frames) return 'WRONG';
  const hash = Buffer.concat(chords).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
  return hash.toString(16).padStart(16, '0');
}

export async function* grpcMedia(isSmoke: boolean): AsyncGenerator<Row> {
  // What travels is what is meant: a message read back is the one that was made.
  const again = fromBinary(StreamRequestSchema, toBinary(StreamRequestSchema, messageOf(2)));
  if (again.message.case !== 'frames') throw new Error('frames are lost in coding');
  for (const legs of isSmoke ? [4] : [10, 100, 400]) {
    const seconds = isSmoke ? 1 : 8;
    const bare = await measureBare(legs, seconds);
    const parley = await measureParley(legs, seconds);
    const name = `${legs} legs, L16 at 16 kHz, one stream`;
    const unit = 'us/leg-frame';
    yield { name: `${name}: bare gRPC`, value: bare.us, unit, ratios: '1 of bare gRPC', checksum: checksumOf(bare) };
    const ratios = `${(parley.us / bare.us).toFixed(3)} of bare gRPC`;
    yield { name, value: parley.us, unit, ratios, checksum: checksumOf(parley) };
  }
}

/**
 * The delay that Parley adds between two RTP legs at zero jitter, as a distribution over many pairs of legs, each at a
 * phase of its own against its room: from a packet that begins with a click leaving to the click arriving.
 *   chrt --fifo 1 tsx bench/mouth-to-ear.ts [--pairs 12] [--seconds 10] [--size off|small|medium|large|default]
 * Fails when a median is above its bound, or clicks are not heard. Senders and listeners are timers and sockets of this
 * process: without real-time scheduling (chrt) the jitter of a busy machine is in the figures.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readRtp, writeRtp } from '../src/cli/caller/rtp-packet.js';
import { readSdpAnswer, sdpOffer } from '../src/cli/caller/sdp.js';
import { startDaemon } from '../src/cli/daemon-process.js';
import { ApiClient } from '../src/client/api-client.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { Beep, JitterBufferSize } from '../src/gen/parley/v1/dial_pb.js';

const frameMs = 20;
const frameBytes = 160;
/** A click in each so many packets; longer apart than any delay that is looked for. */
const clickPackets = 50;
const settleMs = 2000;
/** Of clicks: the machine stops for a moment now and then. */
const missedShareMax = 0.01;
/** µ-law: silence, and half of full scale. */
const quiet = 0xff;
const loud = 0x90;

const sizes = {
  off: { size: JitterBufferSize.OFF, medianMsMax: 45 },
  small: { size: JitterBufferSize.SMALL, medianMsMax: 65 },
  medium: { size: JitterBufferSize.MEDIUM, medianMsMax: 65 },
  large: { size: JitterBufferSize.LARGE, medianMsMax: 65 },
  default: { size: JitterBufferSize.UNSPECIFIED, medianMsMax: 65 },
} as const;

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '10' },
    size: { type: 'string' },
  },
});
const pairs = Number(options.pairs);
const seconds = Number(options.seconds);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Sends a packet each 20 ms on absolute deadlines, until it is stopped. */
function talk(socket: Socket, port: number, onClick: (sentMs: number) => void): () => void {
  const startMs = performance.now() + Math.random() * 1000;
  const ssrc = Math.floor(Math.random() * 2 ** 32);
  let index = 0;
  let timer: NodeJS.Timeout;
  const send = (): void => {
    const isClick = index % clickPackets === clickPackets - 1;
    const payload = new Uint8Array(frameBytes).fill(quiet);
    if (isClick) payload.fill(loud, 0, 8);
    const packet = {
      payloadType: 0,
      marker: index === 0,
      sequence: index & 0xffff,
      timestamp: index * frameBytes,
      ssrc,
    };
    const sentMs = performance.now();
    socket.send(writeRtp({ ...packet, payload }), port, '127.0.0.1');
    if (isClick && sentMs - startMs > settleMs) onClick(sentMs);
    index += 1;
    timer = setTimeout(send, Math.max(0, startMs + index * frameMs - performance.now()));
  };
  timer = setTimeout(send, startMs - performance.now());
  return () => clearTimeout(timer);
}

/** Delays in ms, sorted; and how many clicks were not heard. */
async function measure(
  size: JitterBufferSize,
): Promise<{ readonly delays: readonly number[]; readonly missed: number }> {
  const daemon = await startDaemon({ PARLEY_LOG_LEVEL: 'warn' });
  const client = new ApiClient(daemon.grpcAddress, null);
  const sockets: Socket[] = [];
  const stops: (() => void)[] = [];
  const delays: number[] = [];
  let clicks = 0;
  const dial = async (room: string): Promise<{ readonly socket: Socket; readonly port: number }> => {
    const socket = await openSocket();
    sockets.push(socket);
    const conference = { roomName: room, beep: Beep.FALSE, waitUrl: '', jitterBufferSize: size };
    const { media } = await client.call(CallService.method.dial, {
      instruction: { case: 'dial', value: { conference } },
      media: {
        case: 'rtp',
        value: { sdpOffer: sdpOffer({ host: '127.0.0.1', port: socket.address().port }, ['pcmu']) },
      },
    });
    return { socket, port: readSdpAnswer(media.case === 'rtp' ? media.value.sdpAnswer : '').remote.port };
  };
  try {
    for (let pair = 0; pair < pairs; pair++) {
      const talker = await dial(`pair ${pair}`);
      const listener = await dial(`pair ${pair}`);
      let sentMs: number | null = null;
      listener.socket.on('message', (bytes) => {
        const heardMs = performance.now();
        const payload = readRtp(bytes)?.payload ?? new Uint8Array();
        const at = payload.findIndex((code) => (code & 0x7f) < 0x20);
        if (at < 0 || sentMs === null) return;
        delays.push(heardMs + (at * 1000) / 8000 - sentMs);
        sentMs = null;
      });
      stops.push(
        talk(talker.socket, talker.port, (now) => {
          sentMs = now;
          clicks += 1;
        }),
      );
    }
    await sleep(1000 + settleMs + seconds * 1000);
  } finally {
    for (const stop of stops) stop();
    await sleep(500);
    for (const socket of sockets) socket.close();
    client.close();
    await daemon.stop();
  }
  return { delays: delays.sort((a, b) => a - b), missed: clicks - delays.length };
}

say(`${pairs} pairs of PCMU legs, ${seconds} s, a click a second; delay added at zero jitter in ms`);
say('size     clicks  missed    min     p5    p50    p95    p99    max');
for (const [name, { size, medianMsMax }] of Object.entries(sizes)) {
  if (options.size !== undefined && options.size !== name) continue;
  const { delays, missed } = await measure(size);
  const at = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN;
  const columns = [0, 0.05, 0.5, 0.95, 0.99, 1].map((share) => at(share).toFixed(1).padStart(5));
  say(`${name.padEnd(7)}  ${String(delays.length).padStart(6)}  ${String(missed).padStart(6)}  ${columns.join('  ')}`);
  if (at(0.5) <= medianMsMax && missed <= delays.length * missedShareMax) continue;
  say(`The median must be at most ${medianMsMax} ms, and ${missedShareMax * 100} % missed.`);
  process.exitCode = 1;
}

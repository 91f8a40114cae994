/**
 * A process that a flood goes to in a daemon's place: each request is answered when the daemon would answer it, with a
 * refusal, and nothing else is done. What the flood itself takes of the machine it takes then, too, and of the daemon
 * nothing. Its argument: how many requests a second the account may make.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { status } from '@grpc/grpc-js';
import { crowdMin } from '../../src/adapters/grpc/crowds.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { RequestLimits } from '../../src/app/requests/request-limits.js';
import type { ApiFace } from '../../src/app/requests/request-metrics.js';
import { accountSidOf } from '../../test/support/callers.js';
import { recordingMetrics } from '../../test/support/silent.js';
import type { Target } from './attack.js';

const greedy = accountSidOf('greedy');
const perSecond = Number(process.argv[2]);
const allowed = { perSecond, burst: 2 * perSecond };
const limits = new RequestLimits({
  ...{ clock: systemClock, metrics: recordingMetrics(), streamsMaxOf: () => null },
  ...{ allowedOf: () => allowed, visitorsAllowed: () => allowed },
});

function inTime(face: ApiFace, answer: () => void): void {
  const { answerAfterMs } = limits.ofAccount(face, greedy) ?? { answerAfterMs: 0 };
  if (answerAfterMs === 0) answer();
  else systemClock.after(answerAfterMs, answer);
}

// What a connection may have at once on which a crowd of refusals waits.
const grpc = createHttp2Server({ settings: { maxConcurrentStreams: crowdMin } });
const refusal = { ':status': 200, 'content-type': 'application/grpc+proto', 'grpc-status': status.RESOURCE_EXHAUSTED };
grpc.on('stream', (stream: ServerHttp2Stream) => {
  // The flood is over, and there is nobody to tell.
  stream.once('error', () => {});
  inTime('grpc', () => {
    if (!stream.destroyed && !stream.closed) stream.respond(refusal, { endStream: true });
  });
});
const rest = createHttpServer((request, response) => {
  request.resume();
  inTime('rest', () => response.writeHead(429).end());
});

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

process.on('disconnect', () => process.exit(0));
const target: Target = { grpcAddress: await listening(grpc), restOrigin: `http://${await listening(rest)}` };
process.send?.(target);

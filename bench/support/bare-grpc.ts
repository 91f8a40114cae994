/**
 * What is left when a gRPC server does nothing: it sends back what it was sent, undecoded. The baseline of whatever
 * Parley does over gRPC. Runs in a process of its own: `startBareGrpc`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';

const self = fileURLToPath(import.meta.url);
const asIs = (bytes: Buffer): Buffer => bytes;

const method = (name: string, isStream: boolean) => ({
  path: `/bench.Bare/${name}`,
  requestStream: isStream,
  responseStream: isStream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

export const bareService = { call: method('Call', false), stream: method('Stream', true) } satisfies ServiceDefinition;

export type BareGrpc = { readonly address: string; readonly pid: number; readonly stop: () => void };

export async function startBareGrpc(): Promise<BareGrpc> {
  const child: ChildProcess = fork(self, ['--serve'], { execArgv: ['--import', 'tsx'] });
  const [port] = await once(child, 'message');
  return { address: `127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => child.kill() };
}

function serve(): void {
  const server = new Server();
  server.addService(bareService, {
    call: (call: { readonly request: Buffer }, reply: (error: null, bytes: Buffer) => void) =>
      reply(null, call.request),
    stream: (stream: ServerDuplexStream<Buffer, Buffer>) => {
      stream.on('data', (bytes: Buffer) => stream.write(bytes));
      stream.on('end', () => stream.end());
    },
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, port) => process.send?.(port));
}

if (process.argv[1] === self && process.argv.includes('--serve')) serve();

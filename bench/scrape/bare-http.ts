/** What is left when a scrape is made of nothing: a web server, in a process of its own, that has one answer to all. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

export type BareHttp = { readonly url: string; readonly stop: () => void };

export async function startBareHttp(answer: string): Promise<BareHttp> {
  const child = fork(self, ['--answer'], { execArgv: ['--import', 'tsx'] });
  child.send(answer);
  const [port] = await once(child, 'message');
  return { url: `http://127.0.0.1:${port}/`, stop: () => child.kill() };
}

async function serve(answer: Buffer): Promise<void> {
  const headers = { 'content-type': 'text/plain', 'content-length': answer.length };
  const server = createServer((_request, response) => response.writeHead(200, headers).end(answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

if (process.argv[1] === self && process.argv[2] === '--answer') {
  process.on('disconnect', () => process.exit(0));
  process.once('message', (answer: string) => serve(Buffer.from(answer)));
}

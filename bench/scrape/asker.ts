/**
 * Who asks a web server, as Prometheus does: a process of its own that keeps one connection, asks at a pace, and takes
 * each answer to its last byte without looking at it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

export type Asking = { readonly url: string; readonly everyMs: number; readonly forMs: number };

export type Asked = {
  /** From each request to the last byte of its answer. */
  readonly tookMs: readonly number[];
  /** The last answer. */
  readonly text: string;
};

export class Asker {
  readonly #child: ChildProcess = fork(self, ['--ask'], { execArgv: ['--import', 'tsx'] });
  readonly #ended = once(this.#child, 'exit').then(() => null);

  /** REQUIRES: it has nothing else to ask. */
  async ask(asking: Asking): Promise<Asked> {
    this.#child.send(asking);
    const said = await Promise.race([once(this.#child, 'message'), this.#ended]);
    if (said === null) throw new Error('who asks has ended');
    return said[0];
  }

  stop(): void {
    this.#child.kill();
  }
}

async function ask({ url, everyMs, forMs }: Asking): Promise<Asked> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const tookMs: number[] = [];
  let text = '';
  for (const startedMs = performance.now(); performance.now() - startedMs < forMs; ) {
    const askedMs = performance.now();
    const [answer]: IncomingMessage[] = await once(
      get(url, { agent, headers: { 'accept-encoding': 'gzip' } }),
      'response',
    );
    const pieces: Buffer[] = [];
    answer?.on('data', (piece: Buffer) => pieces.push(piece));
    if (answer !== undefined) await once(answer, 'end');
    tookMs.push(performance.now() - askedMs);
    text = Buffer.concat(pieces).toString();
    await sleep(everyMs);
  }
  agent.destroy();
  return { tookMs, text };
}

if (process.argv[1] === self && process.argv[2] === '--ask') {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (asking: Asking) => process.send?.(await ask(asking)));
}

/** A daemon in a process of its own, on ports of the kernel's choice: for the demo, the tests and the benches. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from './node-options.js';

/** A daemon that does not listen after this never will. */
const startLimitMs = 15_000;

/** A daemon that was asked to stop, and did not within this, is ended. */
const stopLimitMs = 10_000;

/** Lines of log kept for whoever wants to know why it went wrong. */
const logLinesMax = 2000;

export type DaemonProcess = {
  readonly pid: number;
  /** host:port of the gRPC API. */
  readonly grpcAddress: string;
  /** Base URL of metrics and health. */
  readonly httpUrl: string;
  /** host:port of the REST API. */
  readonly restAddress: string;
  /** Where its store is. */
  readonly dataDir: string;
  readonly log: () => readonly string[];
  /** Its exit status, once it has ended. */
  readonly ended: () => Promise<number | null>;
  /** Asks it to stop; resolves with its exit status. */
  readonly stop: () => Promise<number | null>;
  /** Ends it without a word, as a crash does; its store stays as it is. */
  readonly kill: () => Promise<void>;
};

type DaemonChild = ChildProcessByStdio<null, Readable, Readable>;

/**
 * `environment` is added to what makes it find free ports and a store of its own, which is gone when it was stopped.
 * Rejects, with its log, when it does not come up.
 */
export async function startDaemon(environment: Readonly<Record<string, string>> = {}): Promise<DaemonProcess> {
  const ownDataDir = environment.PARLEY_DATA_DIR === undefined ? mkdtempSync(join(tmpdir(), 'parley-')) : null;
  const dataDir = ownDataDir ?? environment.PARLEY_DATA_DIR ?? '';
  const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions, program, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PARLEY_GRPC_LISTEN: '127.0.0.1:0',
      PARLEY_HTTP_LISTEN: '127.0.0.1:0',
      PARLEY_REST_LISTEN: '127.0.0.1:0',
      PARLEY_RTP_PORTS: '0',
      PARLEY_DATA_DIR: dataDir,
      PARLEY_DRAIN_SECONDS: '0',
      ...environment,
    },
  });
  const log: string[] = [];
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const { grpc, http, rest } = await listening(child, log);
  return {
    pid: child.pid ?? 0,
    grpcAddress: String(grpc),
    httpUrl: `http://${http}`,
    restAddress: String(rest),
    dataDir,
    log: () => log,
    async ended() {
      await closed;
      return child.exitCode;
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await closed;
      clearTimeout(timer);
      if (ownDataDir !== null) rmSync(ownDataDir, { recursive: true, force: true });
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** What the daemon said when it began to listen. Goes on collecting its log for as long as it lives. */
function listening(child: DaemonChild, log: string[]): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`the daemon ${why}\n${log.join('\n')}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`does not listen after ${startLimitMs} ms`);
    }, startLimitMs);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (log.push(line) > logLinesMax) log.shift();
        const said = parseLine(line);
        if (said.event !== 'listening') return;
        clearTimeout(timer);
        resolve(said);
      });
    }
    child.on('error', (error) => fail(`cannot be started: ${error.message}`));
    child.on('close', (status) => fail(`ended with ${status}`));
  });
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

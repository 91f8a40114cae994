/** Programs that were not written here: found, started, and ended with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { keepTime } from './real-time.js';
import { unsoughtPort } from './unsought-port.js';
import { until } from './waiting.js';

/** Each program a test may start, and the Debian package that brings it. */
const packages = {
  baresip: 'baresip-core',
  curl: 'curl',
  ffmpeg: 'ffmpeg',
  'gst-launch-1.0': 'gstreamer1.0-tools',
  jq: 'jq',
  kamailio: 'kamailio',
  openssl: 'openssl',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  sipp: 'sip-tester',
} as const;
export type ProgramName = keyof typeof packages;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Throws, with what to do about it, when one of the programs is not on the search path. */
export function requirePrograms(names: readonly ProgramName[], searchPath = process.env.PATH ?? ''): void {
  const folders = searchPath.split(delimiter);
  const missing = names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
  if (missing.length === 0) return;
  const wanted = missing.map((name) => packages[name]).join(' ');
  throw new Error(`${missing.join(' and ')} not found: apt-get install ${wanted}, or tools/bootstrap.sh test`);
}

export class ForeignPrograms {
  readonly #children: ChildProcess[] = [];

  /** All of its threads keep time, where the system permits it: they are somebody who talks, or listens. */
  start(name: ProgramName, args: readonly string[]): ChildProcess {
    const child = spawn(name, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    this.#children.push(child);
    if (child.pid !== undefined) keepTime(child.pid);
    return child;
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

export async function closed(socket: Socket): Promise<void> {
  socket.close();
  await once(socket, 'close');
}

/** Two ports in a row, which nobody has: programs take the second for RTCP. */
export async function portPair(): Promise<readonly [Socket, Socket]> {
  for (;;) {
    const port = unsoughtPort();
    const [first, second] = await Promise.allSettled([bound(port), bound(port + 1)]);
    if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
    for (const one of [first, second]) if (one.status === 'fulfilled') await closed(one.value);
  }
}

/** Bytes of a file that a program writes; 0 before it is there. */
export const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** Resolves when a program has written more than `bytes`; rejects when it ends before. */
export async function written(child: ChildProcess, file: string, bytes: number): Promise<void> {
  await until(() => {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`);
    return sizeOf(file) > bytes;
  });
}

/**
 * A container of the image that tools/image.sh has built, without an engine. What holds it is what an engine uses:
 * namespaces of mounts, processes and names by unshare, a root that is mounted read-only, a volume bound over it,
 * user, capabilities, no_new_privs and limits by setpriv and prlimit (test/image/contain.sh). Command, user,
 * environment, volume and health check are read from the image. What is not like in an engine: no seccomp filter, no
 * cgroup, and the network is that of the test.
 */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { DaemonProcess } from '../../src/cli/daemon-process.js';
import { until } from './waiting.js';

export type ImageConfig = {
  /** UID:GID. */
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, unknown>>;
  /** Durations in nanoseconds; the first word of Test says how the others are to be run. */
  readonly Healthcheck: { readonly Test: readonly string[]; readonly Timeout: number };
  readonly StopSignal: NodeJS.Signals;
};

const folder = 'build/image';

export const imageConfig = (): ImageConfig => {
  const image: { readonly Docker: { readonly config: ImageConfig } } = JSON.parse(
    readFileSync(join(folder, 'image.json'), 'utf8'),
  );
  return image.Docker.config;
};

/** What the image holds: as a container sees it at `/`, on this machine. */
export const imageRoot = (): string => realpathSync(join(folder, 'rootfs'));

export type Exit = { readonly status: number; readonly output: string };

/** As /proc tells it. */
export type ContainedProcess = {
  readonly name: string;
  /** Real, effective, saved, of the filesystem. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** Permitted, effective, bounding, ambient: all as one. */
  readonly capabilities: bigint;
  readonly noNewPrivileges: boolean;
};

/** A daemon that does not listen after this never will. */
const startLimitMs = 20_000;

export class Container implements DaemonProcess {
  readonly grpcAddress: string;
  readonly httpUrl: string;
  readonly restAddress: string;
  /** The volume, on this machine. */
  readonly dataDir: string;
  /** Of the program: 1 in there. */
  readonly pid: number;
  readonly #config: ImageConfig;
  readonly #environment: readonly string[];
  readonly #shell: ChildProcessByStdio<null, Readable, Readable>;
  readonly #log: string[];

  private constructor(made: Started, listening: Readonly<Record<string, string>>) {
    this.#config = made.config;
    this.#environment = made.environment;
    this.#shell = made.shell;
    this.#log = made.log;
    this.dataDir = made.volume;
    this.pid = made.pid;
    this.grpcAddress = listening.grpc ?? '';
    this.httpUrl = `http://${listening.http}`;
    this.restAddress = listening.rest ?? '';
  }

  /** `command` in the place of the image's own. Rejects, with what was said, when it ends before it listens. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    options: { readonly volume?: string; readonly command?: readonly string[] } = {},
  ): Promise<Container> {
    const config = imageConfig();
    const [volumeAt = ''] = Object.keys(config.Volumes);
    const [uid, gid] = config.User.split(':').map(Number);
    const volume = options.volume ?? mkdtempSync(join(tmpdir(), 'parley-volume-'));
    chownSync(volume, uid ?? 0, gid ?? 0);
    const all = [...config.Env, ...Object.entries(environment).map((entry) => entry.join('='))];
    const command = options.command ?? [...config.Entrypoint, ...config.Cmd];
    const shell = spawn(
      'unshare',
      [
        ...['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', 'test/image/contain.sh'],
        ...[imageRoot(), volumeAt, volume, config.User, config.WorkingDir, '--ignore-environment', ...all, ...command],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log: string[] = [];
    const listening = await whenListening(shell, log);
    return new Container({ config, environment: all, shell, log, volume, pid: innerPid(shell) }, listening);
  }

  log(): readonly string[] {
    return this.#log;
  }

  async ended(): Promise<number | null> {
    if (this.#shell.exitCode === null && this.#shell.signalCode === null) await once(this.#shell, 'close');
    return this.#shell.exitCode;
  }

  /** As an engine stops it, with no end to its patience; resolves with the exit status. */
  async stop(): Promise<number | null> {
    if (this.#shell.exitCode === null && this.#shell.signalCode === null) {
      process.kill(this.pid, this.#config.StopSignal);
    }
    return this.ended();
  }

  async kill(): Promise<void> {
    if (this.#shell.exitCode === null && this.#shell.signalCode === null) process.kill(this.pid, 'SIGKILL');
    await this.ended();
  }

  /** Its volume is gone. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Runs another program in there, with the rights of the first. */
  exec(...command: readonly string[]): Promise<Exit> {
    const [user = '', group = ''] = this.#config.User.split(':');
    const entering = [
      '--target',
      String(this.pid),
      '--mount',
      '--pid',
      '--uts',
      '--ipc',
      `--root=/proc/${this.pid}/root`,
    ];
    const privileges = ['--clear-groups', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
    return new Promise((resolve) => {
      execFile(
        'nsenter',
        [
          ...entering,
          ...['/usr/bin/setpriv', `--reuid=${user}`, `--regid=${group}`, ...privileges],
          ...['/usr/bin/env', `--chdir=${this.#config.WorkingDir}`, '--ignore-environment', ...this.#environment],
          ...command,
        ],
        (error, stdout, stderr) => {
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ status, output: stdout + stderr });
        },
      );
    });
  }

  /** Runs the health check of the image, as an engine does every few seconds. */
  health(): Promise<Exit> {
    const [how, ...command] = this.#config.Healthcheck.Test;
    if (how !== 'CMD') throw new Error(`the health check is to be run by ${how}`);
    return this.exec(...command);
  }

  /** Every process that is in there now, whoever started it. */
  processes(): readonly ContainedProcess[] {
    const inside = readlinkSync(`/proc/${this.pid}/ns/pid`);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          if (readlinkSync(`/proc/${pid}/ns/pid`) !== inside) return [];
          return [processOf(readFileSync(`/proc/${pid}/status`, 'utf8'))];
        } catch {
          // It has ended meanwhile.
          return [];
        }
      });
  }
}

type Started = {
  readonly config: ImageConfig;
  readonly environment: readonly string[];
  readonly shell: ChildProcessByStdio<null, Readable, Readable>;
  readonly log: string[];
  readonly volume: string;
  readonly pid: number;
};

function processOf(status: string): ContainedProcess {
  const field = (name: string): string => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? '';
  const numbers = (name: string): readonly number[] => field(name).split(/\s+/).map(Number);
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => BigInt(`0x${field(name)}`));
  return {
    name: field('Name'),
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    capabilities: sets.reduce((all, set) => all | set, 0n),
    noNewPrivileges: field('NoNewPrivs') === '1',
  };
}

/** unshare waits for its child, which is the program by the time that it listens. */
function innerPid(shell: { readonly pid?: number | undefined }): number {
  const children = readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}

async function whenListening(
  shell: ChildProcessByStdio<null, Readable, Readable>,
  log: string[],
): Promise<Readonly<Record<string, string>>> {
  let said: Readonly<Record<string, string>> | null = null;
  for (const stream of [shell.stdout, shell.stderr]) {
    createInterface(stream).on('line', (line) => {
      log.push(line);
      if (line.startsWith('{"event":"listening"')) said = JSON.parse(line);
    });
  }
  const limitAtMs = performance.now() + startLimitMs;
  await until(() => {
    const why =
      shell.exitCode !== null
        ? `ended with ${shell.exitCode}`
        : performance.now() > limitAtMs
          ? 'does not listen'
          : null;
    if (why !== null) {
      shell.kill('SIGKILL');
      throw new Error(`the container ${why}\n${log.join('\n')}`);
    }
    return said !== null;
  });
  return said ?? {};
}

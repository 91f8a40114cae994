/**
 * The shell blocks of a page of the documentation, run as somebody runs them who types them one after the other
 * (CONTRIBUTING.md says the rules): in one shell, at the top of the repository, with a home that is empty.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unsoughtTcpPort } from './unsought-port.js';

/** How a block is run: what stands in braces behind `sh`. */
export const runnable = ['', 'background', 'stream'] as const;
/** What a block needs that a test does not have, or how long it takes: its syntax is checked, and no more. */
export const unrunnable = ['docker', 'kubectl', 'systemd', 'elsewhere', 'long'] as const;
type Manner = (typeof runnable)[number] | (typeof unrunnable)[number];

export type ShellBlock = {
  readonly manner: Manner;
  readonly text: string;
  /** Of its first line in the page. */
  readonly line: number;
  /** What the page shows of its output; null where it shows nothing. */
  readonly output: { readonly language: string; readonly text: string } | null;
};

export const isRunnable = ({ manner }: ShellBlock): boolean => runnable.some((known) => known === manner);

const isManner = (text: string): text is Manner => [...runnable, ...unrunnable].some((known) => known === text);

/** Every block of a page that begins with ```sh, in order. */
export function shellBlocks(page: string): readonly ShellBlock[] {
  const blocks: ShellBlock[] = [];
  for (const match of page.matchAll(/^```(\w*) *(?:\{(\w+)\})?\n([\s\S]*?)^```$/gm)) {
    const [, language = '', braces = '', text = ''] = match;
    const line = page.slice(0, match.index).split('\n').length + 1;
    if (braces === 'output') {
      const shown = blocks.pop();
      if (shown === undefined) throw new Error(`line ${line}: nothing printed this`);
      blocks.push({ ...shown, output: { language, text } });
    } else if (language === 'sh') {
      if (!isManner(braces)) throw new Error(`line ${line}: sh {${braces}} is none of ${unrunnable.join(', ')}`);
      blocks.push({ manner: braces, text, line, output: null });
    }
  }
  return blocks;
}

const addressPattern = /127\.0\.0\.1:(\d{4,5})\b/g;

export type ShellResult = {
  readonly block: ShellBlock;
  readonly hasEnded: boolean;
  readonly failed: readonly string[];
  readonly output: string;
  readonly errors: string;
};

/** Where a block leaves what it says, and what the shell says of it. */
const prelude = (folder: string, limitTenths: number): string => `
set -E -o pipefail
cd ${resolve('.')}
trap 'echo "$__block $BASH_COMMAND" >>${folder}/failed' ERR
# Until the job has said something on standard output; what ends without a word has failed.
__heard() {
  local tenths=0
  until [ -s "$1" ]; do
    kill -0 "$2" 2>/dev/null || { [ -s "$1" ]; return; }
    [ $((tenths += 1)) -le ${limitTenths} ] || return 1
    sleep 0.1
  done
}
`;

const job = (text: string, out: string, rest: string): string => `
set -m; ( ${text}
) & __job=$!; set +m
__heard ${out} $__job
${rest}`;

function script(folder: string, blocks: readonly ShellBlock[], limitTenths: number): string {
  const parts = blocks.map(({ manner, text }, index) => {
    const out = join(folder, `${index}.out`);
    const began = `exec >${out} 2>${join(folder, `${index}.err`)}; __block=${index}\n`;
    const body =
      manner === 'background'
        ? job(text, out, `echo $__job >>${folder}/jobs`)
        : manner === 'stream'
          ? job(text, out, 'kill -- -$__job 2>/dev/null || true; wait $__job 2>/dev/null || true')
          : text;
    return `${began}${body}\necho ${index} >>${folder}/ended\n`;
  });
  return `${prelude(folder, limitTenths)}${parts.join('\n')}`;
}

/** Where `parley` asks a daemon when nobody says where. */
const defaultAddress = '127.0.0.1:7300';

/** The build, which asks the daemon of the page unless told otherwise. */
const parleyCommand = (address = defaultAddress): string => `#!/bin/sh
case "$1 $*" in
  serve*|demo*|doctor*|-*|config*check*|config*print*|*--address*) ;;
  *) set -- "$@" --address ${address} ;;
esac
exec ${process.execPath} ${resolve('dist/cli/main.js')} "$@"
`;

export type ShellOptions = {
  /** What stands in pages, and what is there: `127.0.0.1:7300` and the address of a daemon. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly limitMs: number;
};

const lines = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];

function end(child: ChildProcess, jobs: readonly string[]): void {
  for (const group of [...jobs.map(Number), child.pid ?? 0]) {
    try {
      if (group > 0) process.kill(-group, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** Where a daemon that a page starts listens when nobody says where. */
const listening = {
  PARLEY_GRPC_LISTEN: defaultAddress,
  PARLEY_HTTP_LISTEN: '127.0.0.1:7301',
  PARLEY_REST_LISTEN: '127.0.0.1:7302',
} as const;

/** npm asks nobody whether there is a newer one, and daemons leave nothing here and wait for nobody. */
const quietly = (home: string) => ({
  NPM_CONFIG_UPDATE_NOTIFIER: 'false',
  PARLEY_DATA_DIR: join(home, 'parley-data'),
  PARLEY_RTP_PORTS: '0',
  PARLEY_DRAIN_SECONDS: '0',
});

/** Runs the blocks one after the other; those behind one that never ends have not ended. */
export async function runBlocks(
  blocks: readonly ShellBlock[],
  { addresses, limitMs }: ShellOptions,
): Promise<readonly ShellResult[]> {
  const home = mkdtempSync(join(tmpdir(), 'parley-documented-'));
  const folder = join(home, '.session');
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const known = new Map(addresses);
  const spokenOf = blocks.flatMap(({ text }) => [...text.matchAll(addressPattern)].map(([address]) => address));
  for (const address of new Set([...Object.values(listening), ...spokenOf])) {
    if (!known.has(address)) known.set(address, `127.0.0.1:${await unsoughtTcpPort()}`);
  }
  writeFileSync(join(bin, 'parley'), parleyCommand(known.get(defaultAddress)));
  chmodSync(join(bin, 'parley'), 0o755);
  const here = (text: string): string => text.replaceAll(addressPattern, (address) => known.get(address) ?? address);
  const file = join(folder, 'page.sh');
  const typed = blocks.map((block) => ({ ...block, text: here(block.text) }));
  writeFileSync(file, script(folder, typed, Math.ceil(limitMs / 100)));

  const listeners = Object.entries(listening).map(([variable, address]) => [variable, here(address)]);
  const environment = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    ...quietly(home),
    ...Object.fromEntries(listeners),
  };
  const child = spawn('bash', [file], { detached: true, stdio: 'ignore', env: environment });
  const timer = setTimeout(() => end(child, []), limitMs);
  try {
    await once(child, 'close');
    const ended = new Set(lines(join(folder, 'ended')));
    const failed = lines(join(folder, 'failed'));
    const read = (name: string): string => (existsSync(name) ? readFileSync(name, 'utf8') : '');
    return blocks.map((block, index) => ({
      block,
      hasEnded: ended.has(String(index)),
      failed: failed.filter((line) => line.startsWith(`${index} `)).map((line) => line.slice(line.indexOf(' ') + 1)),
      output: read(join(folder, `${index}.out`)),
      errors: read(join(folder, `${index}.err`)),
    }));
  } finally {
    clearTimeout(timer);
    end(child, lines(join(folder, 'jobs')));
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

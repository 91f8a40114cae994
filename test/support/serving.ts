/** `parley serve` in a process of its own, which ends with the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export const freePorts = {
  PARLEY_GRPC_LISTEN: '127.0.0.1:0',
  PARLEY_HTTP_LISTEN: '127.0.0.1:0',
  PARLEY_REST_LISTEN: '127.0.0.1:0',
  PARLEY_RTP_PORTS: '0',
  PARLEY_DATA_DIR: 'memory',
  PARLEY_SHARDS: '1',
  PARLEY_REALTIME_PRIORITY: '0',
  PARLEY_LEGS_PER_SHARD: '8',
  PARLEY_LANES_PER_SHARD: '4',
};

/** `wrapper`: a command, with what it is given, that starts the daemon. */
export function serving(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  wrapper: readonly string[] = [],
) {
  const [command = '', ...given] = [...wrapper, process.execPath, program, 'serve', ...args];
  const child = spawn(command, given, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', log: '' };
  child.stdout.on('data', (data) => {
    said.out += data;
  });
  child.stderr.on('data', (data) => {
    said.log += data;
  });
  const listening = (async () => {
    while (!said.out.includes('\n')) await once(child.stdout, 'data');
    return JSON.parse(said.out);
  })();
  const status = once(child, 'close').then(([code, signal]) => code ?? signal);
  /** Resolves once the log says so. */
  const logged = async (event: string): Promise<void> => {
    while (!said.log.includes(`"event":"${event}"`)) await once(child.stderr, 'data');
  };
  return { child, said, listening, status, logged };
}

/** The process of recording-child.ts, from outside. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Capture } from '../../src/app/recordings/recorder-port.js';
import type { FromRecordingChild } from './recording-child.js';

const program = fileURLToPath(new URL('./recording-child.ts', import.meta.url));

export class RecordingProcess {
  readonly #child: ChildProcess;
  #frames: readonly number[] = [];
  #captures: readonly Capture[] | null = null;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: FromRecordingChild) => {
      if ('captures' in message) this.#captures = message.captures;
      else this.#frames = message;
    });
  }

  /** Resolves once every recording has a frame. */
  static async start(
    folder: string,
    rooms: number,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RecordingProcess> {
    const child = fork(program, [folder, String(rooms)], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...environment },
    });
    const recording = new RecordingProcess(child);
    while (recording.#frames.length === 0 || recording.#frames.includes(0)) await once(child, 'message');
    return recording;
  }

  /** How many each recording has, as it told last. */
  frames(): readonly number[] {
    return this.#frames;
  }

  /** Ends every recording; resolves with what became of them, once that is so. */
  async end(): Promise<readonly Capture[]> {
    this.#child.send('end');
    while (this.#captures === null) await once(this.#child, 'message');
    return this.#captures;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

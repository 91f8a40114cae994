/** A caller in a process of its own, the demo's, which a test may kill: as its machine would when its power fails. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallerSetup, FromCaller, ToCaller } from '../../src/cli/demo/caller-messages.js';
import { keepTime } from './real-time.js';

type Report<K extends FromCaller['kind']> = Extract<FromCaller, { kind: K }>;

export class CallerChild {
  readonly #process: ChildProcess;
  readonly #reports: FromCaller[] = [];

  constructor(setup: CallerSetup) {
    const program = fileURLToPath(new URL('../../dist/cli/demo/caller-process.js', import.meta.url));
    this.#process = fork(program, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    if (this.#process.pid !== undefined) keepTime(this.#process.pid);
    this.#process.on('message', (report: FromCaller) => this.#reports.push(report));
  }

  order(order: ToCaller): void {
    this.#process.send(order);
  }

  /** The first report of this kind. */
  async report<K extends FromCaller['kind']>(kind: K): Promise<Report<K>> {
    for (;;) {
      const found = this.#reports.find((report): report is Report<K> => report.kind === kind);
      if (found !== undefined) return found;
      await once(this.#process, 'message');
    }
  }

  /** Without a last word: SIGKILL. Resolves with the signal that ended it, once it is gone. */
  async kill(): Promise<NodeJS.Signals | null> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await gone;
    }
    return this.#process.signalCode;
  }
}

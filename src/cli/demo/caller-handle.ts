/** The director's hold on a caller's process: orders out, reports awaited, each with a limit. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CallerSetup, FromCaller, ToCaller } from './caller-messages.js';

/** Longer than any line of the screenplay takes. */
const reportLimitMs = 15_000;

type Report<K extends FromCaller['kind']> = Extract<FromCaller, { kind: K }>;

export class CallerHandle {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #reports: FromCaller[] = [];
  #wake: () => void = () => {};

  constructor(name: string, setup: CallerSetup) {
    this.#name = name;
    const program = fileURLToPath(new URL('./caller-process.js', import.meta.url));
    this.#process = fork(program, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (report: FromCaller) => {
      this.#reports.push(report);
      this.#wake();
    });
    this.#process.on('exit', () => this.#wake());
  }

  order(order: ToCaller): void {
    this.#process.send(order);
  }

  /** The next report of this kind; rejects when the process ends or takes too long. */
  async report<K extends FromCaller['kind']>(kind: K): Promise<Report<K>> {
    const limitAtMs = performance.now() + reportLimitMs;
    for (;;) {
      const index = this.#reports.findIndex((report) => report.kind === kind);
      if (index >= 0) return this.#reports.splice(index, 1)[0] as Report<K>;
      const leftMs = limitAtMs - performance.now();
      if (this.#process.exitCode !== null) throw new Error(`${this.#name} has gone (${this.#process.exitCode})`);
      if (leftMs <= 0) throw new Error(`${this.#name} did not say "${kind}" in ${reportLimitMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  end(): void {
    this.#process.kill();
  }
}

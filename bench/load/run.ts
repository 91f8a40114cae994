/** One run of a load against a daemon: who calls, what they hear, and what it costs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stolenMs } from '../support/stolen.js';
import { type Account, accountOf, read, usPerLegFrame } from './account.js';
import { Callers, type LoadOptions } from './callers.js';
import { type Churn, churn } from './churn.js';
import type { CommanderKind } from './commanders.js';
import { deliveredShare, Generator, type Judgement, rightShare, type Telephones } from './generator.js';
import { type Storm, storm } from './storm.js';
import type { Target } from './target.js';

export type Outcome = {
  readonly legs: number;
  readonly judgement: Judgement;
  readonly account: Account;
  /** CPU for one leg and one frame of 20 ms, in and out: of the whole process, and of its engine threads alone. */
  readonly usPerLegFrame: number;
  readonly engineUsPerLegFrame: number;
  /** Resident memory of the process, and what of it came with each call. */
  readonly residentBytes: number;
  readonly residentBytesPerLeg: number;
  readonly joinsPerSecond: number;
  readonly delivered: number;
  readonly right: number;
  readonly churn: Churn | null;
  readonly storm: Storm | null;
  /** Of this machine's time while it was measured: a tick that stands still meanwhile is late or overruns. */
  readonly stolenMs: number;
};

export type RunOptions = LoadOptions &
  Telephones & {
    readonly warmUpSeconds: number;
    readonly seconds: number;
    /** Commands a second while it is measured; 0: none. */
    readonly stormPerSecond: number;
    /** Left out: over one stream. */
    readonly stormOver?: CommanderKind;
  };

/** Brown-out is undone a step at a time, each after 10 s, or some minutes where that was too early before. */
const restMsMax = 300_000;
const restLookMs = 500;

/** Telephones that are dialled in, step by step, and measured. */
export class LoadRun {
  readonly callers: Callers;
  readonly #target: Target;
  readonly #generator: Generator;
  readonly #options: RunOptions;
  readonly #residentBytesIdle: number;
  #joinsPerSecond = 0;
  #legs = 0;

  private constructor(target: Target, generator: Generator, options: RunOptions, residentBytesIdle: number) {
    this.#target = target;
    this.#generator = generator;
    this.#options = options;
    this.#residentBytesIdle = residentBytesIdle;
    this.callers = new Callers(target, generator, options);
  }

  static async open(target: Target, linesMax: number, options: RunOptions): Promise<LoadRun> {
    const generator = await Generator.start(linesMax, options);
    const idle = await read(target.httpUrl);
    return new LoadRun(target, generator, options, idle.value('process_resident_memory_bytes'));
  }

  /** Dials or hangs up until there are as many; resolves with the joins a second. Rejects with Refused. */
  async reach(legs: number): Promise<number> {
    if (legs > this.#legs) {
      this.#joinsPerSecond = await this.callers.dialAll(this.#legs, legs);
    } else {
      const leaving = Array.from({ length: this.#legs - legs }, (_, step) => legs + step);
      await Promise.all(leaving.map((leg) => this.callers.hangUp(leg)));
    }
    this.#legs = legs;
    await this.#generator.sync();
    return this.#joinsPerSecond;
  }

  /** Everybody hangs up, and the daemon may do again all that it left out for its ticks. */
  async rest(): Promise<void> {
    await this.reach(0);
    const untilMs = performance.now() + restMsMax;
    while ((await read(this.#target.httpUrl)).value('parley_brown_out_shards') > 0 && performance.now() < untilMs) {
      await sleep(restLookMs);
    }
    if (performance.now() >= untilMs) throw new Error('the daemon spares effort for its ticks, with nobody in it');
  }

  /** When all calls have ended by themselves. */
  forgetAll(): void {
    this.callers.forgetAll(this.#legs);
    this.#legs = 0;
  }

  async measure(): Promise<Outcome> {
    const { shape, seconds, warmUpSeconds, stormPerSecond, stormOver = 'stream' } = this.#options;
    const legs = this.#legs;
    const isOver = new AbortController();
    const stormOptions = { perSecond: stormPerSecond, over: stormOver, warmUpSeconds };
    const storming = storm(this.#target, this.callers, shape, stormOptions, isOver.signal);
    await sleep(warmUpSeconds * 1000);
    const stolenBeforeMs = stolenMs();
    const before = await read(this.#target.httpUrl);
    const churning = churn(this.callers, shape, legs, isOver.signal);
    let after = before;
    const judgement = await this.#generator.measure(seconds, async () => {
      isOver.abort();
      after = await read(this.#target.httpUrl);
    });
    const account = accountOf(before, after);
    return {
      legs,
      judgement,
      account,
      usPerLegFrame: usPerLegFrame(account.cpuSeconds, legs, account.seconds),
      engineUsPerLegFrame: usPerLegFrame(account.engineCpuSeconds, legs, account.seconds),
      residentBytes: account.residentBytes,
      residentBytesPerLeg: (account.residentBytes - this.#residentBytesIdle) / legs,
      joinsPerSecond: this.#joinsPerSecond,
      delivered: deliveredShare(judgement),
      right: rightShare(judgement),
      churn: await churning,
      storm: await storming,
      stolenMs: stolenMs() - stolenBeforeMs,
    };
  }

  close(): void {
    this.callers.close();
    this.#generator.quit();
  }
}

/** Dials so many legs, measures once, and hangs them up. */
export async function runLoad(target: Target, legs: number, options: RunOptions): Promise<Outcome> {
  const run = await LoadRun.open(target, legs, options);
  try {
    await run.reach(legs);
    const outcome = await run.measure();
    await run.reach(0);
    return outcome;
  } finally {
    run.close();
  }
}

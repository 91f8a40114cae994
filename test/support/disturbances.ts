/**
 * Tells when the machine held somebody up: then nothing can be said of what was heard, and it is said again. Judged by
 * how packets came, never by how they sounded.
 */
import { type ServiceError, status } from '@grpc/grpc-js';
import { readCounters } from '../../src/cli/counters.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import type { Platform } from './platform.js';
import { keepingTime } from './real-time.js';

export const attemptsMax = 8;
const pollMs = 100;
/** By RFC 3550: one packet that is 50 ms late raises it by 3 ms. Programs that are let run stay below 1. */
const jitterMsMax = 3;

const starved = 'parley_shard_lane_frames_starved_total';

/** Each says that somebody's frame was not there in time, or that the engine's thread was not. */
const counters = [
  'parley_shard_frames_concealed_total',
  'parley_shard_packets_late_total',
  'parley_shard_packets_overflow_total',
  starved,
  'parley_shard_lane_frames_overflow_total',
  'parley_shard_ticks_reanchored_total',
  'parley_media_overflows_total',
];

/** The call of somebody who talks in packets of so many ms: watched from now to the end of the attempt. */
export type Watch = (callSid: string, packetMs?: number) => void;

class Watched {
  readonly #callSid: string;
  #jitterMs = 0;
  readonly #packetMs: number;
  readonly #delaysMs: number[] = [];

  constructor(callSid: string, packetMs: number) {
    this.#callSid = callSid;
    this.#packetMs = packetMs;
  }

  async look({ client }: Platform): Promise<void> {
    const seen = await client
      .call(AdminService.method.getLegStatistics, { callSid: this.#callSid })
      .catch((error: ServiceError) => {
        // It has hung up.
        if (error.code === status.FAILED_PRECONDITION) return null;
        throw error;
      });
    if (seen === null) return;
    this.#jitterMs = Math.max(this.#jitterMs, seen.jitterMs);
    // Nothing waits before the first packet, nor after the last.
    if (seen.playoutDelayMs > 0) this.#delaysMs.push(seen.playoutDelayMs);
  }

  get disturbance(): string | null {
    const step = Math.max(...this.#delaysMs) - Math.min(...this.#delaysMs);
    if (this.#jitterMs > jitterMsMax) return `jitter of ${this.#jitterMs.toFixed(1)} ms`;
    // What waits is a packet more or less from one look to the next; more was put in or taken out.
    return step > this.#packetMs ? `delay moved by ${step.toFixed(0)} ms` : null;
  }
}

type Attempt<T> = (watch: Watch, number: number) => Promise<T | null>;

export type Circumstances = {
  /** Processes that keep time beside this one and the daemon. */
  readonly others?: readonly number[];
  /** How often in an attempt somebody who sends frames only while it says something has said it: a lane wants then. */
  readonly utterances?: number;
};

/**
 * What the first attempt came to that nothing disturbed; throws when there was none. One that saw for itself that it
 * was held up comes to null.
 */
export const undisturbed = <T>(
  platform: Platform,
  attempt: Attempt<T>,
  { others = [], utterances = 0 }: Circumstances = {},
): Promise<T> => keepingTime([platform.daemon.pid, ...others], () => firstUndisturbed(platform, attempt, utterances));

async function firstUndisturbed<T>(platform: Platform, attempt: Attempt<T>, utterances: number): Promise<T> {
  const disturbances: string[] = [];
  for (let number = 1; number <= attemptsMax; number++) {
    const legs: Watched[] = [];
    const before = await readCounters(platform.daemon.httpUrl);
    let looked: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      looked = looked.then(() => Promise.all(legs.map((leg) => leg.look(platform))));
    }, pollMs);
    const result = await attempt((callSid, packetMs = 20) => legs.push(new Watched(callSid, packetMs)), number).finally(
      () => clearInterval(timer),
    );
    await looked;
    const after = await readCounters(platform.daemon.httpUrl);
    const found = [
      ...legs.map(({ disturbance }) => disturbance).filter((disturbance) => disturbance !== null),
      ...counters.flatMap((name) => {
        const more = after(name) - before(name);
        return more === (name === starved ? utterances : 0) ? [] : [`${name} +${more}`];
      }),
    ];
    if (result === null) found.push('held up');
    else if (found.length === 0) return result;
    disturbances.push(found.join(', '));
  }
  throw new Error(`disturbed each time: ${disturbances.join('; ')}`);
}

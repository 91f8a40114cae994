/** What is asked of many recordings at once, and whether it was so: the ticks, the frames, the gaps. */
import { tickHistogramEdgesUs } from '../../src/media/engine-layout-stats.js';

/** How late ticks were: how many in each bucket of the shard's histogram. */
export class Lateness {
  readonly ticks: number;
  readonly #counts: readonly number[];

  constructor(counts: readonly number[]) {
    this.#counts = counts;
    this.ticks = counts.reduce((sum, count) => sum + count, 0);
  }

  /** The bucket below whose edge this share of them is. */
  bucket(share: number): number {
    let sum = 0;
    const at = this.#counts.findIndex((count) => {
      sum += count;
      return sum >= share * this.ticks;
    });
    return Math.max(0, at);
  }

  below(share: number): string {
    return `${tickHistogramEdgesUs[this.bucket(share)] ?? 'more than 50000'} us`;
  }

  and(other: Lateness): Lateness {
    return new Lateness(this.#counts.map((count, index) => count + (other.#counts[index] ?? 0)));
  }
}

export type Stretch = { readonly late: Lateness; readonly givenUp: number };

/** Of all files of one stretch: frames, and among them those that are not as they were played. */
export type Taken = {
  readonly frames: number;
  readonly wrong: number;
  readonly failed: number;
  /** In gaps that the journal says are the disk's. */
  readonly marked: number;
  /** That the engine had no place for. */
  readonly lost: number;
};

type Line = { readonly isMet: boolean; readonly text: string };

const together = (a: Stretch | null, b: Stretch): Stretch =>
  a === null ? b : { late: a.late.and(b.late), givenUp: a.givenUp + b.givenUp };

export class RecordingsVerdict {
  readonly #recordings: number;
  readonly #ringSeconds: number;
  #without: Stretch | null = null;
  #with: Stretch | null = null;
  readonly #lines: Line[] = [];

  constructor(recordings: number, ringSeconds: number) {
    this.#recordings = recordings;
    this.#ringSeconds = ringSeconds;
  }

  without(stretch: Stretch): void {
    this.#without = together(this.#without, stretch);
  }

  with(stretch: Stretch, taken: Taken): void {
    this.#with = together(this.#with, stretch);
    this.#lines.push(this.#whole('a healthy disk', taken));
  }

  stalled(seconds: number, stretch: Stretch, taken: Taken): void {
    const what = `a disk that stands still for ${seconds} s`;
    this.#lines.push(this.#ticks(`with ${what}`, stretch));
    this.#lines.push(seconds < this.#ringSeconds ? this.#whole(what, taken) : marked(what, taken));
  }

  /** All of it was so. */
  isMet(): boolean {
    return this.#all().every(({ isMet }) => isMet);
  }

  text(): string {
    const lines = this.#all().map(({ isMet, text }) => `  ${isMet ? 'met   ' : 'MISSED'} ${text}\n`);
    return `verdict:\n${lines.join('')}`;
  }

  #all(): readonly Line[] {
    return this.#with === null
      ? this.#lines
      : [this.#ticks(`with ${this.#recordings} recordings`, this.#with), ...this.#lines];
  }

  /** No later than without, at half of them and at 99 %, and no more turns given up for each. */
  #ticks(what: string, stretch: Stretch): Line {
    const without = this.#without;
    if (without === null) return { isMet: true, text: `ticks ${what}: nothing to compare with` };
    const shares = [0.5, 0.99];
    const isLate = shares.some((share) => stretch.late.bucket(share) > without.late.bucket(share));
    const isGivenUp = stretch.givenUp * without.late.ticks > without.givenUp * stretch.late.ticks;
    const told = ({ late, givenUp }: Stretch): string =>
      `${late.below(0.5)} (half), ${late.below(0.99)} (99 %), ${givenUp} given up`;
    return {
      isMet: !isLate && !isGivenUp,
      text: `ticks ${what} are no later than without: ${told(stretch)}; without ${told(without)}`,
    };
  }

  #whole(what: string, { frames, wrong, failed, marked, lost }: Taken): Line {
    return {
      isMet: lost === 0 && marked === 0 && wrong === 0 && failed === 0,
      text: `nothing is lost to ${what}: ${lost} of ${frames} frames lost, ${wrong} wrong, ${failed} files failed`,
    };
  }
}

/** What was lost is silence that the journal tells of, and nothing else is wrong. */
function marked(what: string, { frames, wrong, failed, marked, lost }: Taken): Line {
  return {
    isMet: marked === lost && wrong === 0 && failed === 0,
    text:
      `all that is lost to ${what} is marked: ${lost} of ${frames} frames lost, ${marked} in gaps; ` +
      `${wrong} wrong, ${failed} files failed`,
  };
}

/** A histogram: for each set of labels a line for each bucket, which counts all up to its edge, a sum and a count. */
import { assert } from '../../base/assert.js';
import { Family, type FamilyHead, type Labels } from './family.js';

export class Histogram extends Family {
  /** Upper ones, ascending; the last bucket has none. */
  readonly #edges: readonly number[];

  constructor(head: FamilyHead, edges: readonly number[]) {
    super(head);
    this.#edges = edges;
    if (head.labelNames.length === 0) this.placeOf({});
  }

  observe(labels: Labels, value: number): void {
    assert(Number.isFinite(value), `${this.name} observes numbers`);
    const first = this.placeOf(labels);
    const last = first + this.#edges.length;
    // Not by an iterator: whatever happens is observed, and of a busy daemon's garbage those were a twentieth.
    for (let bucket = 0; bucket < this.#edges.length; bucket += 1) {
      if (value <= (this.#edges[bucket] ?? Number.NaN)) this.add(first + bucket, 1);
    }
    this.add(last, 1);
    this.add(last + 1, value);
    this.add(last + 2, 1);
  }

  /** What somebody else has counted: `counts` between the edges. */
  show(labels: Labels, { counts, sum }: { readonly counts: readonly number[]; readonly sum: number }): void {
    const first = this.placeOf(labels);
    let count = 0;
    for (const [bucket, between] of counts.entries()) {
      count += between;
      this.values[first + bucket] = count;
    }
    const last = first + this.#edges.length;
    this.values[last + 1] = sum;
    this.values[last + 2] = count;
  }

  protected addLines(labels: Labels): void {
    for (const le of [...this.#edges, '+Inf']) this.addLine(`${this.name}_bucket`, { le: String(le), ...labels });
    this.addLine(`${this.name}_sum`, labels);
    this.addLine(`${this.name}_count`, labels);
  }
}

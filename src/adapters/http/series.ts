/** A counter or a gauge: a line for each set of labels. */
import { assert } from '../../base/assert.js';
import { Family, type Labels } from './family.js';

export class Series extends Family {
  /** By 0 it begins. */
  increase(labels: Labels, by: number): void {
    assert(by >= 0 && by < Number.POSITIVE_INFINITY, `${this.name} grows by numbers`);
    this.add(this.placeOf(labels), by);
  }

  set(labels: Labels, value: number): void {
    this.values[this.placeOf(labels)] = value;
  }

  protected addLines(labels: Labels): void {
    this.addLine(this.name, labels);
  }
}

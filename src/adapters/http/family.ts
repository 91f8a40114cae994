/**
 * A metric with all its lines, as Prometheus reads them. A line is text that never changes and the value behind it.
 * Values lie in a row, and only lines whose values are others than at the scrape before are written anew.
 */
import type { Metric, Registry } from 'prom-client';
import { labelText, lineText, numberText } from './text-format.js';

export type Labels = Readonly<Record<string, string>>;

export type FamilyHead = {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labelNames: readonly string[];
};

/** What a line is of, in the words of prom-client. */
type Sample = { readonly metricName: string; readonly labels: Labels };

/** Its shape is that of a metric of prom-client, as far as a registry looks at one. Throws when the name is taken. */
export function registered<F extends Family>(registry: Registry, family: F): F {
  registry.registerMetric(family as unknown as Metric);
  return family;
}

export abstract class Family {
  readonly name: string;
  readonly #head: FamilyHead;
  /** By line. */
  protected readonly values: number[] = [];
  readonly #samples: Sample[] = [];
  /** Lines up to their values. */
  readonly #starts: string[] = [];
  /** Of the first line for each set of labels. */
  readonly #places = new Map<string, number>();
  /** What `#texts` show. */
  readonly #written: number[] = [];
  /** The head, and the lines. */
  readonly #texts: string[];
  #bytes: Buffer;

  constructor(head: FamilyHead) {
    const { name, type, help } = head;
    this.name = name;
    this.#head = head;
    this.#texts = [`# HELP ${name} ${lineText(help)}\n# TYPE ${name} ${type}\n`];
    this.#bytes = this.#joined();
  }

  /** UTF-8, with an empty line at the end; the same object until a value changes. */
  bytes(): Buffer {
    let isAsWritten = true;
    for (let line = 0; line < this.values.length; line += 1) {
      const value = this.values[line] ?? 0;
      if (Object.is(value, this.#written[line])) continue;
      this.#written[line] = value;
      this.#texts[line + 1] = `${this.#starts[line]}${numberText(value)}\n`;
      isAsWritten = false;
    }
    if (!isAsWritten) this.#bytes = this.#joined();
    return this.#bytes;
  }

  #joined(): Buffer {
    return Buffer.from(`${this.#texts.join('')}\n`);
  }

  /** For the registry of prom-client. */
  async get() {
    const { name, help, type } = this.#head;
    const values = this.#samples.map((sample, line) => ({ ...sample, value: this.values[line] ?? 0 }));
    return { name, help, type, values };
  }

  /** The lines of these labels begin there; they are made when nobody has asked before. */
  protected placeOf(labels: Labels): number {
    let key = '';
    for (const name of this.#head.labelNames) key += `${labels[name]}\n`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.values.length;
    this.#places.set(key, place);
    this.addLines(labels);
    return place;
  }

  protected abstract addLines(labels: Labels): void;

  protected addLine(metricName: string, labels: Labels): void {
    this.#samples.push({ metricName, labels });
    this.#starts.push(`${metricName}${labelText(labels)} `);
    this.values.push(0);
  }

  protected add(place: number, by: number): void {
    this.values[place] = (this.values[place] ?? 0) + by;
  }
}

/**
 * What a registry has in the text format of Prometheus. prom-client writes that, too, and makes the labels of every
 * line anew for each scrape, which is most of what a scrape costs; here they are made once for each series.
 */
import type { Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string | number>>;

/** One line, as prom-client hands it out. */
export type Sample = {
  /** Left out: as the metric is called. */
  readonly metricName?: string;
  /** Of a histogram `le` alone, or nothing. */
  readonly labels: Labels;
  /** Those that all lines of a histogram share: the same object at each scrape. */
  readonly sharedLabels?: Labels;
  readonly value: number;
};

type Read = { readonly name: string; readonly help: string; readonly type: string; readonly values: readonly Sample[] };

/** `getForPromString`: of histograms; the types of prom-client do not show it. */
type Metric = { get(): Promise<Read>; getForPromString?(): Promise<Read> };

/** Label objects live as long as their series, and their texts with them. */
const texts = new WeakMap<Labels, string>();
const bucketTexts = new WeakMap<Labels, Map<string | number, string>>();

export async function expositionOf(registry: Registry): Promise<string> {
  const metrics = registry.getMetricsAsArray() as unknown as readonly Metric[];
  const read = await Promise.all(metrics.map((metric) => metric.getForPromString?.() ?? metric.get()));
  return `${read.map(metricText).join('\n\n')}\n`;
}

function metricText({ name, help, type, values }: Read): string {
  let text = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}`;
  for (const { metricName = name, labels, sharedLabels, value } of values) {
    const labelText = sharedLabels === undefined ? ofSeries(labels) : ofBucket(sharedLabels, labels);
    text += `\n${metricName}${labelText} ${numberText(value)}`;
  }
  return text;
}

function ofSeries(labels: Labels): string {
  const known = texts.get(labels);
  if (known !== undefined) return known;
  const text = braced(labels);
  texts.set(labels, text);
  return text;
}

function ofBucket(shared: Labels, labels: Labels): string {
  const { le } = labels;
  if (le === undefined) return ofSeries(shared);
  const known = bucketTexts.get(shared) ?? new Map<string | number, string>();
  bucketTexts.set(shared, known);
  const text = known.get(le) ?? braced({ le, ...shared });
  known.set(le, text);
  return text;
}

function braced(labels: Labels): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(String(value)).replace(/"/g, '\\"')}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const numberText = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');

/**
 * What a registry of prom-client has, in the text format of Prometheus. Our own metrics keep their text, and most of it
 * is that of the scrape before; prom-client writes those that it measures itself.
 */
import type { Registry } from 'prom-client';
import { Family } from './family.js';

/** What it gives writes, in UTF-8. REQUIRES: nothing is registered later. */
export function expositionOf(registry: Registry): () => Promise<Buffer> {
  const metrics = registry.getMetricsAsArray() as readonly { readonly name: string }[];
  const families = metrics.filter((metric) => metric instanceof Family);
  const others = metrics.filter((metric) => !(metric instanceof Family));
  const textOf = ({ name }: { readonly name: string }) => registry.getSingleMetricAsString(name);
  return async () => {
    const texts = await Promise.all(others.map(textOf));
    const bytes = Buffer.from(texts.map((text) => `${text}\n\n`).join(''));
    // An empty line is between two metrics, and none behind the last.
    return Buffer.concat([bytes, ...families.map((family) => family.bytes())]).subarray(0, -1);
  };
}

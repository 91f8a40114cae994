/** Asks a Prometheus what a panel asks it. */
import type { GrafanaPanel } from '../dashboard/grafana.js';
import { everything } from '../dashboard/variables.js';

export type Series = {
  readonly name: string;
  /** Seconds since 1970, and the value; what is no number is left out. */
  readonly points: readonly (readonly [atSeconds: number, value: number])[];
};

export type Span = { readonly from: number; readonly to: number; readonly stepSeconds: number };

type Answer = {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values?: readonly (readonly [number, string])[];
      readonly value?: readonly [number, string];
    }[];
  };
};

/** Throws when Prometheus refuses a query: then the panel is wrong. */
export async function seriesOf(url: string, panel: GrafanaPanel, span: Span): Promise<readonly Series[]> {
  const all = await Promise.all(
    panel.targets.map(async ({ expr, legendFormat, instant }) => {
      const query = everything(expr, '1m');
      const asked: Readonly<Record<string, string>> = instant
        ? { query, time: String(span.to) }
        : { query, start: String(span.from), end: String(span.to), step: String(span.stepSeconds) };
      const path = instant ? 'query' : 'query_range';
      const answer = (await (await fetch(`${url}/api/v1/${path}?${new URLSearchParams(asked)}`)).json()) as Answer;
      if (answer.status !== 'success') throw new Error(`${panel.title}: ${answer.error}`);
      return answer.data.result.map(({ metric, values, value }) => ({
        name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
        points: (values ?? (value === undefined ? [] : [value]))
          .map(([at, text]) => [at, Number(text)] as const)
          .filter(([, number]) => Number.isFinite(number)),
      }));
    }),
  );
  return all.flat().filter(({ points }) => points.length > 0);
}

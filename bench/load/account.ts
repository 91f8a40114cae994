/** What the daemon's own metrics say of a stretch of time: the same for a daemon here and one far away. */

/** One reading of `/metrics`. */
export type Reading = {
  readonly atMs: number;
  /** Sum over all labels but `le`; 0 for a metric that is not there. */
  value(name: string): number;
  /** Cumulative counts by upper edge in seconds, over all labels. */
  buckets(name: string): ReadonlyMap<number, number>;
};

export function parseReading(text: string, atMs: number): Reading {
  const sums = new Map<string, number>();
  const buckets = new Map<string, Map<number, number>>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const edge = /le="([^"]+)"/.exec(labels)?.[1];
    if (edge === undefined) {
      sums.set(name, (sums.get(name) ?? 0) + Number(value));
      continue;
    }
    const at = edge === '+Inf' ? Number.POSITIVE_INFINITY : Number(edge);
    const counts = buckets.get(name) ?? new Map<number, number>();
    buckets.set(name, counts.set(at, (counts.get(at) ?? 0) + Number(value)));
  }
  return { atMs, value: (name) => sums.get(name) ?? 0, buckets: (name) => buckets.get(`${name}_bucket`) ?? new Map() };
}

export async function read(httpUrl: string): Promise<Reading> {
  const response = await fetch(`${httpUrl}/metrics`);
  if (!response.ok) throw new Error(`${httpUrl}/metrics answers ${response.status}`);
  return parseReading(await response.text(), performance.now());
}

/** In ms: the upper edge of the bucket that `share` of what came between two readings is in. */
function quantileMs(before: Reading, after: Reading, name: string, share: number): number {
  const earlier = before.buckets(name);
  const counts = [...after.buckets(name)].map(([edge, count]) => ({ edge, count: count - (earlier.get(edge) ?? 0) }));
  counts.sort((a, b) => a.edge - b.edge);
  const total = counts.at(-1)?.count ?? 0;
  return (counts.find(({ count }) => count >= share * total)?.edge ?? 0) * 1000;
}

export type Account = {
  readonly seconds: number;
  /** CPU of the whole process, and of its engine threads alone; the rest is JavaScript and the control plane. */
  readonly cpuSeconds: number;
  readonly engineCpuSeconds: number;
  readonly residentBytes: number;
  /** Ticks that worked longer than 5 ms, ran late back to back, or were given up. */
  readonly ticksOverrun: number;
  readonly ticksCaughtUp: number;
  readonly ticksGivenUp: number;
  /** How late the engine woke up for its ticks, and how long it worked: upper edges of buckets. */
  readonly tickLateMsP50: number;
  readonly tickLateMsP99: number;
  readonly tickLateMsP999: number;
  readonly tickWorkMsP99: number;
  readonly hasRealTime: boolean;
};

export function accountOf(before: Reading, after: Reading): Account {
  const moved = (name: string): number => after.value(name) - before.value(name);
  const late = (share: number): number => quantileMs(before, after, 'parley_shard_tick_lateness_seconds', share);
  return {
    seconds: (after.atMs - before.atMs) / 1000,
    cpuSeconds: moved('process_cpu_seconds_total'),
    engineCpuSeconds: moved('parley_shard_cpu_seconds_total'),
    residentBytes: after.value('process_resident_memory_bytes'),
    ticksOverrun: moved('parley_shard_ticks_overrun_total'),
    ticksCaughtUp: moved('parley_shard_ticks_caught_up_total'),
    ticksGivenUp: moved('parley_shard_ticks_reanchored_total'),
    tickLateMsP50: late(0.5),
    tickLateMsP99: late(0.99),
    tickLateMsP999: late(0.999),
    tickWorkMsP99: quantileMs(before, after, 'parley_shard_tick_work_seconds', 0.99),
    hasRealTime: after.value('parley_shard_realtime_scheduling') > 0,
  };
}

const framesPerSecond = 50;

/** CPU time as microseconds for one leg and one frame of 20 ms. */
export const usPerLegFrame = (cpuSeconds: number, legs: number, seconds: number): number =>
  (cpuSeconds * 1e6) / (Math.max(1, legs) * seconds * framesPerSecond);

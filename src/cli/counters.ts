/** What a daemon has counted, read where its operator would: `/metrics`, in the Prometheus text format. */

/** The sum over all label values of each metric of that name; throws for one the daemon does not have. */
export type Counters = (name: string) => number;

export function parseCounters(text: string): Counters {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return (name) => {
    const sum = sums.get(name);
    if (sum === undefined) throw new Error(`the daemon has no metric ${name}`);
    return sum;
  };
}

/** `httpUrl` is the base of the daemon's metrics and health. */
export const readCounters = async (httpUrl: string): Promise<Counters> =>
  parseCounters(await (await fetch(`${httpUrl}/metrics`)).text());

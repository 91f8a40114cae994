/** Milliseconds of the machine's monotonic clock: the same in every process, so that callers can be compared. */
export const monotonicNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Runs `tick` each `periodMs` by absolute deadlines: one that was missed is made up for at once. Returns its end. */
export function every(periodMs: number, tick: () => void): () => void {
  const startedMs = monotonicNowMs();
  let done = 0;
  let timer: NodeJS.Timeout;
  const turn = (): void => {
    while (startedMs + done * periodMs <= monotonicNowMs()) {
      done++;
      tick();
    }
    timer = setTimeout(turn, Math.max(0, startedMs + done * periodMs - monotonicNowMs()));
  };
  turn();
  return () => clearTimeout(timer);
}

/**
 * In which order the daemon comes up and goes down. Up: whoever is asked comes before who asks. Down: no new
 * conferences while those there are have their time; then every conference ends, what that makes is told, the faces
 * close, the shards stop, all of it within a deadline.
 */
import type { Clock, Logger } from '../base/ports.js';
import type { Dispatcher } from './delivery/dispatcher.js';
import type { BrownOutWatch } from './health/brown-out-watch.js';
import type { IdleCollector } from './health/idle-collector.js';
import type { Liveness } from './health/liveness.js';
import type { QualitySampler } from './health/quality-sampler.js';
import type { Parley } from './parley.js';

/** Something that listens; `listen` resolves with the port. */
export interface Face {
  readonly name: string;
  listen(): Promise<number>;
  /** Tells those who ask whether new conferences are taken. */
  admit(isOpen: boolean): void;
  /** Lets what is under way finish within `withinMs`, then cuts it off. */
  close(withinMs: number): Promise<void>;
}

export type DaemonParts = {
  readonly engine: { start(): Promise<void>; stop(): Promise<void> };
  readonly liveness: Liveness;
  readonly quality: QualitySampler;
  readonly brownOut: BrownOutWatch;
  readonly collector: IdleCollector;
  readonly dispatcher: Dispatcher;
  /** What the last process left behind is put in order before anybody is let in. */
  readonly store: { recover(): Promise<number>; close(): Promise<void> };
  /** What the last process left of recordings is finished once its conferences have been ended. */
  readonly recordings: {
    start(): Promise<void>;
    /** Nothing is taken down or being finished. */
    idle(): Promise<void>;
    stop(): void;
    /** What is taken down is on the disk, as far as the disk lets it. */
    close(withinMs: number): Promise<void>;
  };
  readonly parley: Pick<Parley, 'goDown' | 'endAll'>;
  /** Opened in this order, closed in the other. */
  readonly faces: readonly Face[];
  /** Closed after the last callback: connections to receivers. */
  readonly webhooks: { close(): Promise<void> };
  /** Closed after that: what decodes is given up. */
  readonly jobs: { close(): Promise<void> };
  /** Closed last: what waits to be told to those who collect traces is. */
  readonly tracing: { close(): Promise<void> };
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Of what a shutdown may take, this is kept for closing faces and stopping shards. */
const closingMs = 2000;

/** Resolves with the port of each face. When something does not come up, what did is taken down again. */
export async function startUp(parts: DaemonParts): Promise<readonly number[]> {
  const { engine, store, recordings, liveness, quality, brownOut, collector, dispatcher, faces } = parts;
  const opened: Face[] = [];
  try {
    await engine.start();
    await store.recover();
    await recordings.start();
    liveness.start();
    quality.start();
    brownOut.start();
    collector.start();
    dispatcher.start();
    const ports: number[] = [];
    for (const face of faces) {
      ports.push(await face.listen());
      opened.push(face);
    }
    return ports;
  } catch (error) {
    await takeDown(parts, opened, 0);
    throw error;
  }
}

export type Shutdown = {
  /** For those who are there to leave by themselves. */
  readonly drainMs: number;
  /** Whoever waits does so no longer, and ends the drain. */
  readonly hurried: Promise<void>;
  /** For everything after that. */
  readonly withinMs: number;
};

/** Never rejects: what fails or takes too long is logged, and the next step follows. */
export async function shutDown(parts: DaemonParts, { drainMs, hurried, withinMs }: Shutdown): Promise<void> {
  const { parley, dispatcher, clock, logger } = parts;
  await parley.goDown(drainMs, hurried);
  const deadline = clock.monotonic() + Math.max(0, withinMs - closingMs);
  const leftMs = (): number => Math.max(0, deadline - clock.monotonic());
  await step('conferences-ended', parley.endAll(), leftMs(), parts);
  // What is not finished by then is at the next start.
  await step('recordings-finished', parts.recordings.idle(), leftMs() / 2, parts);
  const undelivered = await dispatcher.stop(leftMs());
  if (undelivered > 0) logger.warn('callbacks-undelivered', { count: undelivered });
  await takeDown(parts, parts.faces, Math.min(closingMs / 2, withinMs));
}

async function takeDown(parts: DaemonParts, faces: readonly Face[], withinMs: number): Promise<void> {
  const { liveness, quality, brownOut, collector, dispatcher, webhooks, jobs, store, engine } = parts;
  liveness.stop();
  quality.stop();
  brownOut.stop();
  collector.stop();
  parts.recordings.stop();
  await dispatcher.stop(0);
  for (const face of [...faces].reverse()) {
    await step(`${face.name}-closed`, face.close(withinMs), withinMs + closingMs, parts);
  }
  await step('recordings-closed', parts.recordings.close(closingMs / 2), closingMs, parts);
  await step('webhooks-closed', webhooks.close(), closingMs, parts);
  await step('jobs-stopped', jobs.close(), closingMs, parts);
  await step('store-closed', store.close(), closingMs, parts);
  await step('shards-stopped', engine.stop(), closingMs, parts);
  await step('spans-sent', parts.tracing.close(), closingMs, parts);
}

/** One step that may neither fail nor hang the rest. */
async function step(
  name: string,
  action: Promise<void>,
  withinMs: number,
  { clock, logger }: Pick<DaemonParts, 'clock' | 'logger'>,
): Promise<void> {
  const outcome = action.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  let cancel = (): void => {};
  const late = new Promise<{ readonly error: string }>((resolve) => {
    cancel = clock.after(withinMs, () => resolve({ error: `not within ${withinMs} ms` }));
  });
  const failure = await Promise.race([outcome, late]);
  cancel();
  if (failure === null) logger.debug(name);
  else logger.warn('shutdown-step-failed', { step: name, ...failure });
}

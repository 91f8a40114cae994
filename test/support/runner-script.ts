/** A conference runner among fakes, and what can be seen of it. */
import { expect } from 'vitest';
import { type Change, ConferenceRunner } from '../../src/app/conferences/conference-runner.js';
import { Debugger } from '../../src/app/debugger.js';
import { RoomRateSaving } from '../../src/app/health/room-rate-saving.js';
import { Players } from '../../src/app/sounds/players.js';
import { flavours } from '../../src/base/flavour.js';
import type { LegMedia } from '../../src/media/engine-port.js';
import { join as joinOf, silence } from './callers.js';
import { FakeEngine } from './fake-engine.js';
import { recordingsOf } from './fake-recordings.js';
import { soundsOf } from './fake-sounds.js';
import { SlowStore } from './fake-store.js';
import { countingRandom, recordingLogger, recordingMetrics } from './silent.js';
import { VirtualClock } from './virtual-clock.js';

/** Nothing is played in these conferences: sounds.test.ts is about what is. */
export const join: typeof joinOf = (name, wishes) => joinOf(name, { wait: silence, beep: 'false', ...wishes });

export const media: LegMedia = { transport: 'lane', codec: 'pcmu', rateHz: 8000, jitterMs: 40 };
export function runnerOf() {
  const clock = new VirtualClock();
  const engine = new FakeEngine();
  const store = new SlowStore();
  const metrics = recordingMetrics();
  const logger = recordingLogger();
  const changes: Change[] = [];
  const sounds = soundsOf(engine);
  const random = countingRandom();
  const { recorders, files, desk } = recordingsOf({ engine, store, clock, random, metrics, logger });
  const runner = new ConferenceRunner({
    sounds,
    players: new Players({ engine, sounds, metrics }),
    debug: new Debugger(metrics),
    clock,
    engine,
    rateSaving: new RoomRateSaving(),
    store,
    metrics,
    logger,
    random,
    recordings: desk.shared,
    flavour: flavours.signalwire,
    onChange: (change) => changes.push(change),
  });
  const joins = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) expect((await runner.join(join(name), media)).ok).toBe(true);
  };
  return { runner, clock, engine, store, metrics, logger, changes, joins, recorders, files, desk };
}
/** Of the batch the engine was given as the `index`-th. */
export const commandKinds = (engine: FakeEngine, index: number) => engine.batches[index]?.map(({ kind }) => kind);

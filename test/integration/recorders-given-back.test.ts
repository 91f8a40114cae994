/**
 * A recording that begins and ends before the engine hears of it, because the ring of commands is full, comes to its
 * end as any other does: through use cases, room, capture and files on a real disk.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCapture } from '../../src/adapters/capture/capture.js';
import type { FromSpools, ToSpools } from '../../src/adapters/capture/capture-protocol.js';
import { diskFiles } from '../../src/adapters/capture/spool-files.js';
import { Spools } from '../../src/adapters/capture/spools.js';
import type { RoomRecording } from '../../src/conference/state.js';
import type { EnginePort } from '../../src/media/engine-port.js';
import { saysNothing } from '../support/callers.js';
import { freely } from '../support/fake-recordings.js';
import { accountSid, parleyOf, value } from '../support/parley-script.js';
import { recordingLogger, recordingMetrics } from '../support/silent.js';
import { spoolFolder } from '../support/spool-folder.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/waiting.js';

const ringFull = { kind: 'engine-full', what: 'command-ring' } as const;
const everything = { conferenceSid: null, callSid: null, status: null, createdFromMs: null, createdUntilMs: null };
const callback = { url: 'https://app.example/recording', method: 'POST', events: null } as const;
const recording: RoomRecording = { record: true, trim: null, callback };

let disk: ReturnType<typeof spoolFolder>;
beforeEach(() => {
  disk = spoolFolder();
});
afterEach(() => disk.remove());

/** The thread of the spools, in this one. */
function spoolsHere() {
  let tell = (_message: FromSpools): void => {};
  const parts = { files: diskFiles, now: () => Date.now(), monotonic: () => performance.now() };
  const spools = new Spools({ ...parts, tell: (message) => tell(message) });
  const thread = {
    post: (message: ToSpools) => {
      if (message.kind !== 'close') spools.hear(message);
    },
    onMessage: (listener: typeof tell) => {
      tell = listener;
    },
    onFailure: () => {},
    close: async () => {},
  };
  return { spools, thread };
}

/** Everything but the engine, and the job that makes files. */
async function script(hasTracks: boolean) {
  const { spools, thread } = spoolsHere();
  const engine: Pick<EnginePort, 'reserveRecorder' | 'releaseRecorder'> = {
    reserveRecorder: (...asked) => world.engine.reserveRecorder(...asked),
    releaseRecorder: (recorder) => world.engine.releaseRecorder(recorder),
  };
  const recorders = await createCapture({
    ...{ engine, thread, folder: disk.folder, clock: new VirtualClock() },
    ...{ metrics: recordingMetrics(), logger: recordingLogger() },
  });
  const policyOf = () => ({ ...freely, hasTracks });
  const world = parleyOf(1, { afterMs: null, policy: 'none' }, 'signalwire', { recorders, policyOf });
  const statuses = async (): Promise<readonly string[]> =>
    (await world.parley.recordings(accountSid, everything, { before: null, skip: 0, limit: 9 })).recordings.map(
      ({ life }) => life.status,
    );
  const held = () => world.engine.shards()[0]?.recorders;
  return { ...world, spools, statuses, held };
}

it.each([
  ['whose conference ends', 'since it started', false],
  ['whose conference ends', 'since before anybody came', false],
  ['whose conference ends', 'since it started', true],
  ['that is stopped', 'since it started', true],
] as const)('one %s while the ring is full %s is over and told of (tracks: %s)', async (how, since, hasTracks) => {
  const { parley, dial, engine, clock, spools, statuses, held, store, files } = await script(hasTracks);
  const captures = hasTracks ? 3 : 1;
  if (since === 'since before anybody came') engine.applyRefusal = ringFull;
  await dial('A', { roomRequest: { ...saysNothing, recording } });
  engine.applyRefusal = ringFull;
  const { conferenceSid } = await dial('B');
  expect([await statuses(), held(), spools.size()]).toEqual([['in-progress'], captures, captures]);
  if (how === 'that is stopped') {
    value(await parley.updateRecording(accountSid, { currentOf: conferenceSid }, { kind: 'stop' }));
  } else value(await parley.endConference(accountSid, conferenceSid));
  expect([await statuses(), held()]).toEqual([['stopped'], 0]);
  engine.applyRefusal = null;
  await clock.advance(100);
  await until(async () => {
    spools.step();
    return (await statuses())[0] === 'completed';
  });
  expect(files.finished).toMatchObject([{ mix: { frames: 0, firstTurn: null }, tracks: { length: captures - 1 } }]);
  expect(store.callbacks.map(({ parameters }) => parameters.get('RecordingStatus'))).toEqual(['completed']);
  expect([spools.size(), engine.recording().size]).toEqual([0, 0]);
});

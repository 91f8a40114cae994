/**
 * A process that records rooms and says how far it is, for a test to kill, or to give a bad disk: [FOLDER, ROOMS].
 * Asked to end, it ends every recording and tells what became of each.
 */
import type { Capture } from '../../src/app/recordings/recorder-port.js';
import { RecordingRig } from './recording-rig.js';

/** How many frames each recording has; or what became of all. */
export type FromRecordingChild = readonly number[] | { readonly captures: readonly Capture[] };

const [folder = '', rooms = '1'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));
const rig = await RecordingRig.start(folder, Number(rooms));
const recorders = Array.from({ length: Number(rooms) }, (_, index) => {
  const { room, legs } = rig.room(1000 + index, 5);
  const [leg] = legs;
  if (leg === undefined) throw new Error('a room has legs');
  return [rig.record(index * 2, room), rig.record(index * 2 + 1, room, { kind: 'both', leg }, 2)];
}).flat();
const captures: Capture[] = [];
const tell = (message: FromRecordingChild): void => {
  process.send?.(message);
};
// Every moment the one before is in the pipe, whatever happens to this process next.
const telling = setInterval(() => tell(recorders.map((recorder) => recorder.frames())), 20);
rig.capture.onOver((capture) => {
  captures.push(capture);
  if (captures.length === recorders.length) tell({ captures });
});
process.on('message', () => {
  clearInterval(telling);
  for (const recorder of recorders) rig.end(recorder);
});

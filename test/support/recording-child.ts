/** A process that records rooms and says how far it is, for a test to kill: [FOLDER, ROOMS]. */
import { RecordingRig } from './recording-rig.js';

const [folder = '', rooms = '1'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));
const rig = await RecordingRig.start(folder, Number(rooms));
const recorders = Array.from({ length: Number(rooms) }, (_, index) => {
  const { room, legs } = rig.room(1000 + index, 5);
  const [leg] = legs;
  if (leg === undefined) throw new Error('a room has legs');
  return [rig.record(index * 2, room), rig.record(index * 2 + 1, room, { kind: 'both', leg }, 2)];
}).flat();
// Every moment the one before is in the pipe, whatever happens to this process next.
setInterval(() => process.send?.(recorders.map((recorder) => recorder.frames())), 20);

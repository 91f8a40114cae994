/** RecordingService of a version without recordings: says so, rather than that the method is unknown. */
import { err } from '../../base/result.js';
import type { RecordingService } from '../../gen/parley/v1/recording_service_pb.js';
import { notAvailable } from './failure.js';
import type { HandlersOf } from './service-definition.js';

const refuse = async () => err(notAvailable('recordings'));

export const recordingHandlers: HandlersOf<typeof RecordingService> = {
  startRecording: refuse,
  updateRecording: refuse,
  getRecording: refuse,
  listRecordings: refuse,
  deleteRecording: refuse,
  downloadRecording: refuse,
};

/** What is counted of recordings. */
import { durationBuckets } from '../delivery/delivery-metrics.js';

export const recordingMetrics = {
  parley_recordings_running: {
    type: 'gauge',
    help: 'Recordings that take audio, or would if they were not paused.',
    labels: {},
  },
  parley_recordings_finishing: {
    type: 'gauge',
    help: 'Recordings that are over and whose files are not made yet.',
    labels: {},
  },
  parley_recordings_finished_total: {
    type: 'counter',
    help: 'Recordings by what came of them; absent: there was nothing to keep.',
    labels: { outcome: ['completed', 'absent', 'failed'] },
  },
  parley_recordings_refused_total: {
    type: 'counter',
    help:
      'Recordings that did not begin: the disk is nearly full, or the engine has no recorder left. What an account ' +
      'has too many of is in parley_account_limits_reached_total.',
    labels: {},
  },
  parley_recording_tracks_refused_total: {
    type: 'counter',
    help: 'Participants who got no track: the recording has as many as it may, or the engine no recorder left.',
    labels: { lack: ['places', 'recorders'] },
  },
  parley_recording_finish_duration_seconds: {
    type: 'histogram',
    help: 'From the last of a recording being on the disk to its files being kept.',
    labels: {},
    buckets: durationBuckets,
  },
  parley_recording_finish_retries_total: {
    type: 'counter',
    help: 'Times that files of a recording could not be made or kept, or that not be written, and were tried again.',
    labels: {},
  },
  parley_recordings_deleted_total: {
    type: 'counter',
    help: 'Recordings deleted, with their files: because somebody asked, or because they were beyond the retention.',
    labels: { because: ['asked', 'retention'] },
  },
  parley_recordings_disk_free_bytes: {
    type: 'gauge',
    help: 'Free space where recordings are written; 0 while it cannot be known.',
    labels: {},
  },
} as const;

/** Metrics of what is taken down and of the disk it goes to: part of the table of `metrics.ts`. */
import { durationBuckets } from '../delivery/delivery-metrics.js';

export const captureMetrics = {
  parley_captures: {
    type: 'gauge',
    help: 'Recordings being written to disk, and of these those that the disk refuses now.',
    labels: { state: ['all', 'failing'] },
  },
  parley_captures_over_total: {
    type: 'counter',
    help: 'Recordings that were taken down to their end, or whose shard or disk failed.',
    labels: { why: ['ended', 'failed'] },
  },
  parley_captures_refused_total: {
    type: 'counter',
    help: 'Recorders that were refused, by what there was no place for.',
    labels: { lack: ['recorders', 'spools', 'engine'] },
  },
  parley_capture_ring_fill_ratio: {
    type: 'gauge',
    help: 'How full the fullest ring between an engine and the disk is; at 1 frames are lost.',
    labels: {},
  },
  parley_capture_gap_seconds_total: {
    type: 'counter',
    help: 'Silence in recordings where something was lost: the disk was away too long, or the shard gave turns up.',
    labels: { why: ['disk', 'engine'] },
  },
  parley_capture_bytes_total: {
    type: 'counter',
    help: 'Samples written to spools.',
    labels: {},
  },
  parley_capture_writes_total: {
    type: 'counter',
    help: 'Times a spool was written to.',
    labels: {},
  },
  parley_capture_slowest_write_seconds: {
    type: 'histogram',
    help: 'The longest that the thread of the spools waited for the disk in a second, for one of them.',
    labels: {},
    buckets: durationBuckets,
  },
  parley_capture_failures_total: {
    type: 'counter',
    help: 'Writes that the disk refused; they are tried again.',
    labels: {},
  },
  parley_capture_unsynced_seconds: {
    type: 'gauge',
    help: 'What a loss of power would cost the recording that was synced longest ago.',
    labels: {},
  },
  parley_capture_thread_silent_seconds: {
    type: 'gauge',
    help: 'Since the thread of the spools was heard last; it stands still while the disk does.',
    labels: {},
  },
} as const;

import { chosen, increase, increaseBy, quantile, quantiles, type Row, rate } from './panel.js';

const dropped = `${chosen},outcome="dropped"`;

export const delivery: Row = {
  title: 'Are callbacks, the store and recordings healthy?',
  panels: [
    {
      title: 'Age of the oldest callback',
      about: 'What the web application does not know yet. One receiver that is down makes this line rise alone.',
      ...{ kind: 'lines', unit: 's', width: 6, alert: 'ParleyCallbacksLate' },
      queries: [{ expr: `parley_callbacks_oldest_age_seconds{${chosen}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Callbacks waiting and given up',
      about: 'In the outbox, and kept as dead letters until somebody replays or drops them.',
      ...{ kind: 'lines', unit: 'short', width: 6, alsoSee: ['ParleyCallbacksLost'] },
      queries: [
        { expr: `parley_callbacks_queued{${chosen}}`, legend: '{{instance}} waiting' },
        { expr: `parley_callbacks_dead{${chosen}}`, legend: '{{instance}} given up' },
        { expr: increase('parley_callbacks_overflow_total', '15m'), legend: '{{instance}} lost to a bound in 15 min' },
      ],
    },
    {
      title: 'Attempts to deliver',
      about: 'Each second: delivered, tried again, given up.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: [
        {
          expr: `sum by (instance, outcome) (${rate('parley_callback_attempts_total')})`,
          legend: '{{instance}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Callbacks given up, by answer',
      about: 'In half an hour, by what the last attempt was answered.',
      ...{ kind: 'lines', unit: 'short', width: 6, alert: 'ParleyCallbacksGivenUp' },
      queries: [
        {
          expr: `${increaseBy(['instance', 'answer'], 'parley_callback_attempts_total', '30m', dropped)} > 0`,
          legend: '{{instance}} {{answer}}',
        },
      ],
    },
    {
      title: 'Time to deliver',
      about: 'From the commit to the receiver having taken it, 99 of 100, by how receivers had answered before.',
      ...{ kind: 'lines', unit: 's', width: 6 },
      queries: [
        {
          expr: quantile(0.99, 'parley_callback_delivery_duration_seconds', ['instance', 'receiver']),
          legend: '{{instance}} {{receiver}}',
        },
      ],
    },
    {
      title: 'Receivers',
      about: 'Quick ones answered within a second, unproven ones not yet, unreachable ones are tried now and then.',
      ...{ kind: 'stacked', unit: 'short', width: 6 },
      queries: [{ expr: `parley_callback_receivers{${chosen}}`, legend: '{{instance}} {{receiver}}' }],
    },
    {
      title: 'Store latency',
      about:
        'From a request to its answer, 99 of 100. Whoever joins waits for a commit: a slow disk is heard as a wait.',
      ...{ kind: 'lines', unit: 's', width: 6, worthALookAbove: 0.1, alsoSee: ['ParleyStoreFailing'] },
      queries: [
        {
          expr: quantile(0.99, 'parley_store_request_duration_seconds', ['instance', 'operation']),
          legend: '{{instance}} {{operation}}',
        },
      ],
    },
    {
      title: 'Requests in a transaction',
      about: 'They share one write to the disk. Many: the disk is slower than what is asked of it.',
      ...{ kind: 'lines', unit: 'short', width: 6 },
      queries: quantiles([0.5, 0.99], 'parley_store_batch_requests'),
    },
    {
      title: 'Recordings',
      about: 'That run, and that are over and whose files are not made yet: the backlog.',
      ...{ kind: 'lines', unit: 'short', width: 6 },
      queries: [
        { expr: `parley_recordings_running{${chosen}}`, legend: '{{instance}} running' },
        { expr: `parley_recordings_finishing{${chosen}}`, legend: '{{instance}} finishing' },
      ],
    },
    {
      title: 'What came of recordings',
      about: 'In 15 minutes, those that did not begin among them.',
      ...{ kind: 'stacked', unit: 'short', width: 6, alsoSee: ['ParleyRecordingsFail'] },
      queries: [
        { expr: increase('parley_recordings_finished_total', '15m'), legend: '{{instance}} {{outcome}}' },
        { expr: increase('parley_recordings_refused_total', '15m'), legend: '{{instance}} refused' },
      ],
    },
    {
      title: 'Silence where recordings lost sound',
      about: 'Seconds in 15 minutes, by whose fault: a disk that was away too long, an engine that gave ticks up.',
      ...{ kind: 'lines', unit: 's', width: 6, alert: 'ParleyRecordingGaps' },
      queries: [
        {
          expr: increaseBy(['instance', 'why'], 'parley_capture_gap_seconds_total', '15m'),
          legend: '{{instance}} {{why}}',
        },
      ],
    },
    {
      title: 'Disk of recordings',
      about: 'How full the fullest ring between an engine and the disk is; at 100 % sound is lost.',
      ...{ kind: 'lines', unit: 'percentunit', width: 6, worthALookAbove: 0.5, max: 1 },
      queries: [{ expr: `parley_capture_ring_fill_ratio{${chosen}}`, legend: '{{instance}} ring' }],
    },
    {
      title: 'Waiting for the disk',
      about: 'The longest wait for one write, 99 of 100, and what a loss of power would cost a recording.',
      ...{ kind: 'lines', unit: 's', width: 6, worthALookAbove: 1 },
      queries: [
        {
          expr: quantile(0.99, 'parley_capture_slowest_write_seconds'),
          legend: '{{instance}} slowest write',
        },
        { expr: `parley_capture_unsynced_seconds{${chosen}}`, legend: '{{instance}} not synced' },
      ],
    },
    {
      title: 'Free space for recordings',
      about: 'Told when it would be gone within four hours at the pace of the last one.',
      ...{ kind: 'lines', unit: 'bytes', width: 6, alsoSee: ['ParleyRecordingDiskFillsUp'] },
      queries: [{ expr: `parley_recordings_disk_free_bytes{${chosen}} > 0`, legend: '{{instance}}' }],
    },
    {
      title: 'Time to make the files',
      about: 'From the end of a recording on the disk to its files being kept.',
      ...{ kind: 'lines', unit: 's', width: 6 },
      queries: quantiles([0.5, 0.9], 'parley_recording_finish_duration_seconds'),
    },
    {
      title: 'Waiting for the store of objects',
      about: 'Age of the oldest file or deletion, where recordings are kept in S3. Nothing is lost while it is away.',
      ...{ kind: 'lines', unit: 's', width: 6, alert: 'ParleyStorageAway' },
      queries: [{ expr: `parley_storage_oldest_waiting_seconds{${chosen}}`, legend: '{{instance}}' }],
    },
  ],
};

/**
 * Every metric that the control thread counts, declared once as data: docs/metrics.md is generated from this file and
 * shard-metrics.ts, and the HTTP adapter makes its registry of both. Names are in base units. Label values are closed
 * sets, so the number of series is known beforehand; a sid is never a label. Accounts have series by name, as many as
 * the configuration allows.
 */
import type { AccountSid } from '../base/brands.js';
import { type MemoryPartName, memoryParts } from '../media/engine-layout.js';
import { configMetrics } from './config-metrics.js';
import { deliveryMetrics, durationBuckets } from './delivery/delivery-metrics.js';
import { brownOutSteps } from './health/brown-out.js';
import { originationMetrics } from './originations/origination-metrics.js';
import { captureMetrics } from './recordings/capture-metrics.js';
import { recordingMetrics } from './recordings/recording-metrics.js';
import { storageMetrics } from './recordings/storage-metrics.js';
import { requestMetrics } from './requests/request-metrics.js';
import { restMetrics } from './rest-metrics.js';
import { soundMetrics } from './sounds/sound-metrics.js';
import { statusMetrics } from './status/status-metrics.js';
import { storeMetrics } from './store-metrics.js';
import { tracingMetrics } from './tracing-metrics.js';
import type { accountNames } from './usage/account-series.js';
import { usageMetrics } from './usage/usage-metrics.js';

/** `accountNames` stands for what the configuration calls accounts. */
type Labels = Readonly<Record<string, readonly string[] | typeof accountNames>>;
type Declaration =
  | { readonly type: 'counter' | 'gauge'; readonly help: string; readonly labels: Labels }
  /** `buckets` are upper edges, ascending, in the unit of the name. */
  | { readonly type: 'histogram'; readonly help: string; readonly labels: Labels; readonly buckets: readonly number[] };

/** What the control plane counts as it happens. */
export const metrics = {
  parley_commands_total: {
    type: 'counter',
    help: 'Commands to conferences that were decided; those that change nothing count as done.',
    labels: {
      command: ['join', 'leave', 'update-participant', 'end', 'note-speech', 'note-announcement', 'note-add-failed'],
      outcome: ['done', 'rejected'],
    },
  },
  parley_command_duration_seconds: {
    type: 'histogram',
    help: 'From a command being queued to its events being committed and its batch being with the engine.',
    labels: {},
    buckets: durationBuckets,
  },
  parley_commands_overflow_total: {
    type: 'counter',
    help: 'Commands refused because the queue of their conference was full.',
    labels: {},
  },
  parley_dials_total: {
    type: 'counter',
    help: 'Dials by what came of them.',
    labels: { outcome: ['joined', 'refused'], media: ['rtp', 'grpc'] },
  },
  parley_documents_total: {
    type: 'counter',
    help: 'cXML documents asked for, by what came: one to run, no answer that is one, or none at all.',
    labels: { outcome: ['taken', 'no-document', 'no-answer'] },
  },
  parley_document_findings_total: {
    type: 'counter',
    help: 'What was odd or wrong about documents, by how the error dictionary ranks it.',
    labels: { level: ['warning', 'error'] },
  },
  parley_document_findings_untold_total: {
    type: 'counter',
    help: 'Findings of documents that only the log tells, since too many others of their call waited to be events.',
    labels: {},
  },
  parley_findings_forgotten_total: {
    type: 'counter',
    help: 'Findings that the debugger list of their account had no place for any more.',
    labels: {},
  },
  parley_document_dials_overflow_total: {
    type: 'counter',
    help: 'Dials with a document refused because too many others had no media yet.',
    labels: {},
  },
  parley_reoffers_total: {
    type: 'counter',
    help: 'New offers for calls under way, by what came of them.',
    labels: { outcome: ['taken', 'refused'] },
  },
  parley_engine_refusals_total: {
    type: 'counter',
    help: 'Legs and conferences the engine had no place for, by what it lacked.',
    labels: {
      lack: [
        'legs',
        'rooms',
        'lanes',
        'ports',
        'srtp-sessions',
        'codecs',
        'clips',
        'players',
        'recorders',
        'tick-time',
        'command-ring',
        'same-shard',
        'engine',
      ],
    },
  },
  parley_engine_batches_postponed_total: {
    type: 'counter',
    help: 'Changes the command ring had no place for at once; each is tried again until it is taken.',
    labels: {},
  },
  parley_shards_failed_total: {
    type: 'counter',
    help: 'Shards whose thread ended unasked; their conferences ended with them.',
    labels: {},
  },
  parley_speech_changes_merged_total: {
    type: 'counter',
    help: 'Changes of speech not told because the next of the leg came before the conference was free to tell them.',
    labels: {},
  },
  parley_beeps_left_out_total: {
    type: 'counter',
    help: 'Comings and goings that were not marked because as many beeps as may sounded in their conference.',
    labels: {},
  },
  parley_conferences: {
    type: 'gauge',
    help: 'Live conferences.',
    labels: { phase: ['init', 'in-progress'] },
  },
  parley_conferences_ended_total: {
    type: 'counter',
    help: 'Conferences that ended, by reason.',
    labels: {
      reason: [
        'conference-ended-via-api',
        'daemon-restarted',
        'last-participant-left',
        'last-participant-kicked',
        'participant-with-end-conference-on-exit-left',
        'participant-with-end-conference-on-exit-kicked',
      ],
    },
  },
  parley_participants: {
    type: 'gauge',
    help: 'Participants by how they take part: waiting for their conference to begin, held, muted, coaching, or open.',
    labels: { state: ['waiting', 'held', 'muted', 'coaching', 'open'] },
  },
  parley_calls: {
    type: 'gauge',
    help: 'Calls in progress.',
    labels: { media: ['rtp', 'grpc'] },
  },
  parley_legs: {
    type: 'gauge',
    help: 'Legs of all shards that work.',
    labels: {},
  },
  parley_legs_free: {
    type: 'gauge',
    help: 'Legs that could still be taken, by slots and by tick time, measured and expected.',
    labels: {},
  },
  parley_calls_forgotten_total: {
    type: 'counter',
    help: 'Completed calls dropped from the history because it was full.',
    labels: {},
  },
  parley_leg_mos: {
    type: 'histogram',
    help: 'Opinion score of RTP legs by ITU-T G.107, 1 to 4.41: each leg once in ten seconds, for those ten seconds.',
    labels: {},
    buckets: [1.5, 2, 2.5, 3, 3.25, 3.5, 3.75, 4, 4.1, 4.2, 4.3, 4.4],
  },
  parley_leg_loss_ratio: {
    type: 'histogram',
    help: 'Share of the packets of RTP legs that were lost or late, as for parley_leg_mos.',
    labels: {},
    buckets: [0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5],
  },
  parley_leg_jitter_seconds: {
    type: 'histogram',
    help: 'Interarrival jitter of RTP legs (RFC 3550), as for parley_leg_mos.',
    labels: {},
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2],
  },
  parley_leg_playout_delay_seconds: {
    type: 'histogram',
    help: 'How long after the fastest packet sound of RTP legs is played, as for parley_leg_mos.',
    labels: {},
    buckets: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5],
  },
  parley_leg_playout_target_seconds: {
    type: 'histogram',
    help: 'How long after the fastest packet it should be played, as for parley_leg_mos.',
    labels: {},
    buckets: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5],
  },
  parley_leg_clock_drift_ratio: {
    type: 'histogram',
    help: 'How far clocks of senders are off, as for parley_leg_mos; 0 while in doubt; 0.0001 is 100 ppm.',
    labels: {},
    buckets: [0, 0.000025, 0.00005, 0.0001, 0.0002, 0.0003, 0.0005],
  },
  parley_leg_round_trip_seconds: {
    type: 'histogram',
    help: 'Round trip of RTP legs whose peer reports, as for parley_leg_mos.',
    labels: {},
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1],
  },
  parley_leg_speech_level_dbov: {
    type: 'histogram',
    help: 'Mean level of speech of RTP legs that speak when they are looked at, as for parley_leg_mos; -26 is usual.',
    labels: {},
    buckets: [-50, -45, -40, -35, -30, -26, -22, -18, -14, -10, -6, -3],
  },
  parley_brown_out_shards: {
    type: 'gauge',
    help: 'Shards that have taken a step of brown-out, because their ticks come near 5 ms: docs/tick.md.',
    labels: { step: brownOutSteps },
  },
  parley_brown_out_changes_total: {
    type: 'counter',
    help: 'Steps of brown-out taken, and undone again.',
    labels: { step: brownOutSteps, change: ['taken', 'undone'] },
  },
  parley_shard_memory_bytes: {
    type: 'gauge',
    help: 'What each shard takes, all of it at the start and by its limits: docs/arena.md says what the parts are.',
    labels: { part: Object.keys(memoryParts) as readonly MemoryPartName[] },
  },
  parley_draining: {
    type: 'gauge',
    help: '1 while no new calls are taken because the daemon is going down.',
    labels: {},
  },
  parley_rpcs_total: {
    type: 'counter',
    help: 'gRPC calls that ended, by status; a stream counts when it ends, and each command of one as a call.',
    labels: {
      code: [
        'OK',
        'CANCELLED',
        'UNKNOWN',
        'INVALID_ARGUMENT',
        'DEADLINE_EXCEEDED',
        'NOT_FOUND',
        'ALREADY_EXISTS',
        'PERMISSION_DENIED',
        'RESOURCE_EXHAUSTED',
        'FAILED_PRECONDITION',
        'ABORTED',
        'OUT_OF_RANGE',
        'UNIMPLEMENTED',
        'INTERNAL',
        'UNAVAILABLE',
        'DATA_LOSS',
        'UNAUTHENTICATED',
      ],
    },
  },
  parley_rpc_duration_seconds: {
    type: 'histogram',
    help: 'From the request of a unary gRPC call, or a command of a stream, being read to its reply being ready.',
    labels: {},
    buckets: durationBuckets,
  },
  parley_media_timeouts_total: {
    type: 'counter',
    help: 'RTP parties that sent nothing for as long as they may: no packets any more, a goodbye, or none ever.',
    labels: { reason: ['silent', 'goodbye', 'never-started'] },
  },
  parley_media_overflows_total: {
    type: 'counter',
    help: 'Times frames of gRPC legs were dropped: in, the client sent too far ahead; out, it read too slowly.',
    labels: { direction: ['in', 'out'] },
  },
  parley_watch_states_skipped_total: {
    type: 'counter',
    help: 'States of a watched conference that a slow reader never saw.',
    labels: {},
  },
  ...deliveryMetrics,
  ...originationMetrics,
  ...recordingMetrics,
  ...storageMetrics,
  ...soundMetrics,
  ...requestMetrics,
  ...restMetrics,
  ...captureMetrics,
  ...configMetrics,
  ...storeMetrics,
  ...usageMetrics,
  ...statusMetrics,
  ...tracingMetrics,
} as const satisfies Readonly<Record<string, Declaration>>;

type MetricTable = typeof metrics;
export type MetricName = keyof MetricTable;
type NameOf<Type extends Declaration['type']> = {
  [Name in MetricName]: MetricTable[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof MetricTable[Name]['labels']]: ValueOf<MetricTable[Name]['labels'][Label]>;
} & Readonly<Record<string, string>>;
type ValueOf<Values> = Values extends readonly (infer Value extends string)[] ? Value : AccountSid;

/** Counting costs well under a microsecond and never fails. */
export interface Metrics {
  /** By one unless it says by how much. */
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

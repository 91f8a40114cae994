/**
 * Every metric of Parley, declared once as data: docs/metrics.md is generated from this file and the HTTP adapter makes
 * its registry of it. Names are in base units. Label values are closed sets, so the number of series is known
 * beforehand; a sid is never a label.
 */
import { tickHistogramEdgesUs } from '../media/engine-layout.js';

type Labels = Readonly<Record<string, readonly string[]>>;
type Declaration =
  | { readonly type: 'counter' | 'gauge'; readonly help: string; readonly labels: Labels }
  /** `buckets` are upper edges, ascending, in the unit of the name. */
  | { readonly type: 'histogram'; readonly help: string; readonly labels: Labels; readonly buckets: readonly number[] };

const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the control plane counts as it happens. */
export const metrics = {
  parley_commands_total: {
    type: 'counter',
    help: 'Commands to conferences that were decided; those that change nothing count as done.',
    labels: {
      command: ['join', 'leave', 'update-participant', 'end', 'note-speech'],
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
  parley_reoffers_total: {
    type: 'counter',
    help: 'New offers for calls under way, by what came of them.',
    labels: { outcome: ['taken', 'refused'] },
  },
  parley_engine_refusals_total: {
    type: 'counter',
    help: 'Legs and conferences the engine had no place for, by what it lacked.',
    labels: {
      lack: ['legs', 'rooms', 'lanes', 'ports', 'srtp-sessions', 'codecs', 'tick-time', 'command-ring', 'engine'],
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
  parley_calls: {
    type: 'gauge',
    help: 'Calls in progress.',
    labels: { media: ['rtp', 'grpc'] },
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
  parley_draining: {
    type: 'gauge',
    help: '1 while no new calls are taken because the daemon is going down.',
    labels: {},
  },
  parley_rpcs_total: {
    type: 'counter',
    help: 'gRPC calls that ended, by status; a stream counts when it ends.',
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
    help: 'From the request of a unary gRPC call being read to its reply being ready.',
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
  parley_callback_attempts_total: {
    type: 'counter',
    help: 'Attempts to deliver a callback, by what came of them: dropped means given up, for the dead letters.',
    labels: { outcome: ['delivered', 'retried', 'dropped'] },
  },
  parley_callback_attempt_duration_seconds: {
    type: 'histogram',
    help: 'How long attempts to deliver a callback took.',
    labels: {},
    buckets: durationBuckets,
  },
  parley_callbacks_overflow_total: {
    type: 'counter',
    help: 'Callbacks given up or forgotten because their account had too many waiting or given up.',
    labels: {},
  },
  parley_callbacks_queued: {
    type: 'gauge',
    help: 'Callbacks in the outbox, those in flight included.',
    labels: {},
  },
  parley_callbacks_oldest_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest callback in the outbox; 0 when there is none.',
    labels: {},
  },
  parley_callbacks_dead: {
    type: 'gauge',
    help: 'Callbacks that were given up and are kept to be looked at or sent once more.',
    labels: {},
  },
  parley_callback_delivery_duration_seconds: {
    type: 'histogram',
    help: 'From a callback being committed to its receiver having taken it.',
    labels: {},
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86_400],
  },
  parley_callback_receivers_unreachable: {
    type: 'gauge',
    help: 'Receivers of callbacks that could not be reached and are tried by a request now and then.',
    labels: {},
  },
  parley_store_healthy: {
    type: 'gauge',
    help: '1 while what is committed is written; 0 while the disk is full or broken, and no conference is begun.',
    labels: {},
  },
  parley_store_batch_requests: {
    type: 'histogram',
    help: 'Requests that the store answered in one transaction.',
    labels: {},
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
  },
} as const satisfies Readonly<Record<string, Declaration>>;

type MetricTable = typeof metrics;
export type MetricName = keyof MetricTable;
type NameOf<Type extends Declaration['type']> = {
  [Name in MetricName]: MetricTable[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof MetricTable[Name]['labels']]: ValueOf<MetricTable[Name]['labels'][Label]>;
} & Readonly<Record<string, string>>;
type ValueOf<Values> = Values extends readonly (infer Value extends string)[] ? Value : never;

/** Counting costs well under a microsecond and never fails. */
export interface Metrics {
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>): void;
  set<Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

export type ShardMetric = {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Word of the stats block (engine-layout.ts) it is read from when scraped. */
  readonly stat: string;
  /** The word times this is in the unit of the name. */
  readonly scale: number;
  /** Histograms: word that holds the sum of the observations. */
  readonly sumStat?: string;
};

/** Upper edges of the shards' histograms, in seconds. */
export const tickBucketsSeconds: readonly number[] = tickHistogramEdgesUs.map((edgeUs) => edgeUs / 1e6);

const nanoseconds = 1e-9;
const microseconds = 1e-6;
const counter = (name: string, stat: string, help: string, scale = 1): ShardMetric => ({
  name: `parley_shard_${name}`,
  type: 'counter',
  help,
  stat,
  scale,
});
const gauge = (name: string, stat: string, help: string, scale = 1): ShardMetric => ({
  ...counter(name, stat, help, scale),
  type: 'gauge',
});
const histogram = (name: string, stat: string, sumStat: string, help: string): ShardMetric => ({
  ...counter(name, stat, help, nanoseconds),
  type: 'histogram',
  sumStat,
});

/** What the engines count themselves; each is labelled by `shard`, a number below the configured count of shards. */
export const shardMetrics: readonly ShardMetric[] = [
  counter('ticks_total', 'ticks', 'Ticks run, one each 5 ms.'),
  counter('ticks_overrun_total', 'ticks_overrun', 'Ticks whose work took longer than 5 ms.'),
  counter('ticks_caught_up_total', 'ticks_caught_up', 'Ticks run late, back to back with the one before.'),
  counter('ticks_reanchored_total', 'ticks_reanchored', 'Ticks given up because the shard was too far behind.'),
  histogram('tick_work_seconds', 'tick_work_histogram', 'tick_work_ns', 'Time spent in a tick.'),
  histogram(
    'tick_lateness_seconds',
    'tick_lateness_histogram',
    'tick_lateness_ns',
    'How late the thread woke up for a tick.',
  ),
  gauge('tick_load_ratio', 'tick_work_ema_ns', 'Moving average of tick work as a share of the 5 ms tick.', 1 / 5e6),
  counter('cpu_seconds_total', 'cpu_ns', 'CPU time of the engine thread.', nanoseconds),
  gauge('realtime_scheduling', 'realtime_scheduling', '1 when the thread runs under SCHED_FIFO.'),
  gauge('legs', 'legs', 'Legs open.'),
  gauge('rooms', 'rooms', 'Mix rooms open.'),
  gauge('legs_companded', 'legs_g711', 'Legs in PCMU or PCMA.'),
  gauge('legs_linear', 'legs_linear', 'Legs in L16.'),
  gauge('legs_subband', 'legs_g722', 'Legs in G.722.'),
  gauge('legs_opus', 'legs_opus', 'Legs in Opus.'),
  counter('packets_received_total', 'packets_received', 'Valid RTP packets.'),
  counter('packets_sent_total', 'packets_sent', 'RTP packets.'),
  counter('packets_invalid_total', 'packets_invalid', 'Datagrams that are neither RTP nor RTCP.'),
  counter('packets_foreign_total', 'packets_foreign', 'Valid RTP from a source the leg is not latched to.'),
  counter('packets_send_failed_total', 'packets_send_failed', 'Datagrams the kernel refused to send.'),
  counter('packets_late_total', 'packets_late', 'Packets that came after their turn to be played.'),
  counter('packets_duplicate_total', 'packets_duplicate', 'Packets that had come before.'),
  counter('packets_overflow_total', 'packets_overflow', 'Packets the jitter buffer had no place for.'),
  counter('packets_payload_unknown_total', 'packets_payload_unknown', 'Packets of a payload type not negotiated.'),
  counter('srtp_auth_failed_total', 'srtp_auth_failed', 'Datagrams on secured legs not made with the key of the leg.'),
  counter('srtp_replayed_total', 'srtp_replayed', 'Secured packets seen before, or too old to know.'),
  counter('srtp_streams_full_total', 'srtp_streams_full', 'Secured packets of more SSRCs than a leg may have.'),
  counter('srtp_protect_failed_total', 'srtp_protect_failed', 'Packets not sent because they could not be secured.'),
  counter('packets_undecodable_total', 'packets_undecodable', 'Packets of a negotiated codec that held no sound.'),
  counter('frames_played_total', 'frames_played', 'Frames decoded into the mix.'),
  counter('frames_concealed_total', 'frames_concealed', 'Frames missing while the sender was talking.'),
  counter('frames_silent_total', 'frames_silent', 'Frames of legs that sent nothing.'),
  counter('gaps_total', 'gaps', 'Runs of frames concealed.'),
  counter('gaps_restored_total', 'gaps_restored', 'Losses restored from what the next packet carries (Opus FEC).'),
  counter('gaps_filled_total', 'gaps_filled', 'Losses filled from the sound before and after.'),
  counter(
    'guesses_by_codec_total',
    'guesses_by_codec',
    'Times a codec made sound up; of a frame at most, as the next.',
  ),
  counter('guesses_by_pitch_total', 'guesses_by_pitch', 'Times the last pitch period of a voice went on.'),
  counter('guesses_of_noise_total', 'guesses_of_noise', 'Times there was comfort noise alone: a guess had faded out.'),
  counter('guesses_faded_total', 'guesses_faded', 'Times there was silence, because that had, too.'),
  counter('starvations_total', 'starvations', 'Times nothing was here when needed, and the sender had not paused.'),
  counter('spurts_anchored_total', 'spurts_anchored', 'Pauses after which playing began at its time again.'),
  counter(
    'speech_shortened_seconds_total',
    'speech_shortened_us',
    'Taken out of speech to reduce a delay.',
    microseconds,
  ),
  counter('quiet_shortened_seconds_total', 'quiet_shortened_us', 'Taken out of quiet, in whole frames.', microseconds),
  counter(
    'speech_lengthened_seconds_total',
    'speech_lengthened_us',
    'Put into speech to increase a delay.',
    microseconds,
  ),
  counter('quiet_lengthened_seconds_total', 'quiet_lengthened_us', 'Put into quiet, in whole frames.', microseconds),
  counter('clocks_followed_total', 'clocks_followed', "Times playing began to follow a sender's clock."),
  counter('packets_outrun_total', 'packets_outrun', 'Late packets of a tone that was taken on without them.'),
  counter('packets_left_out_total', 'packets_left_out', 'Packets given up because the delay was beyond all limits.'),
  counter('playout_restarts_total', 'playout_restarts', "Jumps of a sender's media time."),
  counter('lane_frames_received_total', 'lane_frames_received', 'Frames taken from gRPC legs.'),
  counter('lane_frames_sent_total', 'lane_frames_sent', 'Frames given to gRPC legs.'),
  counter('lane_frames_starved_total', 'lane_frames_starved', 'Turns at which a gRPC leg that had begun had no frame.'),
  counter('lane_frames_overflow_total', 'lane_frames_overflow', 'Frames dropped because a gRPC leg did not keep up.'),
  counter('mixes_total', 'mixes', 'Mix classes mixed.'),
  counter('mixes_limited_total', 'mixes_limited', 'Mixes in which the limiter acted.'),
  counter('encodes_total', 'encodes', 'Frames encoded.'),
  counter('encodes_subband_total', 'encodes_g722', 'Frames encoded in G.722.'),
  counter('encodes_opus_total', 'encodes_opus', 'Frames encoded in Opus.'),
  counter('encodes_shared_total', 'encodes_shared', 'Packets whose payload was encoded for another leg.'),
  counter(
    'room_rates_changed_abruptly_total',
    'room_rates_changed_abruptly',
    "Changes of a room's mixing rate that could be heard: too many legs changed at once.",
  ),
  counter('rtcp_received_total', 'rtcp_received', 'Valid compound RTCP packets.'),
  counter('rtcp_sent_total', 'rtcp_sent', 'Compound RTCP packets sent.'),
  counter('commands_applied_total', 'commands_applied', 'Engine command records applied.'),
  counter('commands_refused_total', 'commands_refused', 'Engine command records not valid for what they met: a bug.'),
  counter('speech_started_total', 'speech_started', 'Legs that began to speak.'),
  counter(
    'speech_delayed_total',
    'speech_delayed',
    'Changes of speech told later, or not at all, because a leg changed too often.',
  ),
  counter('frames_left_out_total', 'frames_left_out', 'Frames with sound that ranking kept out of a mix.'),
  counter(
    'frames_clipped_total',
    'frames_clipped',
    'Frames received with three samples or more at full scale: their sender clips.',
  ),
  gauge('legs_speaking', 'legs_speaking', 'Legs spoken into now.'),
  counter('events_dropped_total', 'events_dropped', 'Engine events the event ring had no place for.'),
  counter('digits_received_total', 'digits_received', 'Telephone keys pressed by parties, each press once.'),
  counter('digits_sent_total', 'digits_sent', 'Telephone keys played to parties.'),
  counter('relatches_total', 'relatches', 'Peers that went on from another address after a silence.'),
  counter('ssrc_collisions_total', 'ssrc_collisions', 'Peers that chose the SSRC of ours, so that we took another.'),
  counter('packets_looped_total', 'packets_looped', 'Our own packets that a peer sent back: dropped.'),
  counter('packets_recovered_total', 'packets_recovered', 'RTP packets lost and found in a redundant one behind.'),
  counter('frames_comfort_noise_total', 'frames_comfort_noise', 'Frames with the comfort noise of a silent party.'),
  counter('digits_overflow_total', 'digits_overflow', 'Presses of keys that came faster than any hand can type.'),
];

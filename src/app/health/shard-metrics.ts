/** Every metric that is read from a shard's arena when somebody asks: names as in metrics.ts, in base units. */
import { tickHistogramEdgesUs, tickPhases } from '../../media/engine-layout.js';

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
  /** A label beside `shard`: both words hold what belongs to each of its values, one after the other. */
  readonly by?: { readonly label: string; readonly values: readonly string[] };
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
  {
    ...histogram('tick_phase_seconds', 'tick_phase_histogram', 'tick_phase_ns', 'Of that, time spent in each phase.'),
    by: { label: 'phase', values: Object.keys(tickPhases) },
  },
  gauge('tick_load_ratio', 'tick_work_ema_ns', 'Moving average of tick work as a share of the 5 ms tick.', 1 / 5e6),
  counter('cpu_seconds_total', 'cpu_ns', 'CPU time of the engine thread.', nanoseconds),
  gauge('realtime_scheduling', 'realtime_scheduling', '1 when the thread runs under SCHED_FIFO.'),
  gauge('legs', 'legs', 'Legs open.'),
  gauge('rooms', 'rooms', 'Mix rooms open.'),
  gauge('rooms_spanning', 'rooms_spanning', 'Mix rooms that are part of a room which spans shards.'),
  counter('span_parts_total', 'span_parts', 'Parts of turns that other shards gave to rooms which span shards.'),
  counter(
    'span_parts_late_total',
    'span_parts_late',
    'Parts that other shards did not have ready in time: who is there was not heard here for 20 ms.',
  ),
  counter(
    'span_asides_full_total',
    'span_asides_full',
    'Frames for single legs of other shards, as whispers are, that had no place.',
  ),
  counter('span_wait_seconds_total', 'span_wait_ns', 'Time in which ticks waited for other shards.', nanoseconds),
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
  gauge('recorders', 'recorders', 'Recorders open.'),
  counter('recorded_frames_total', 'recorded_frames', 'Frames of recordings put into their rings.'),
  counter(
    'recorded_frames_lost_total',
    'recorded_frames_lost',
    'Frames of recordings for which their ring had no place: the disk was away too long.',
  ),
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
  counter('encoders_forked_total', 'encoders_forked', 'Legs that left a shared encoder, and went on with their own.'),
  counter('encoders_rejoined_total', 'encoders_rejoined', 'Legs that came to be sent what a shared encoder makes.'),
  counter(
    'encoder_join_frames_total',
    'encoder_join_frames',
    'Opus frames coded without prediction, for legs to join a shared encoder at.',
  ),
  gauge('shared_encoders', 'shared_encoders', 'Encoders of Opus and G.722 that legs share.'),
  counter(
    'shared_encoders_full_total',
    'shared_encoders_full',
    'Turns of legs that encoded alone because no more encoders could be shared.',
  ),
  counter(
    'room_rates_changed_abruptly_total',
    'room_rates_changed_abruptly',
    "Changes of a room's mixing rate that could be heard: too many voices at once, or several shards.",
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
  gauge('players', 'players', 'Players open.'),
  counter('players_ended_total', 'players_ended', 'Players that played all they were to play.'),
  counter('player_frames_total', 'player_frames', 'Frames of clips brought to the rate at which somebody hears them.'),
  counter(
    'player_frames_starved_total',
    'player_frames_starved',
    'Frames of silence because a clip was not written in time.',
  ),
  counter(
    'stations_full_total',
    'stations_full',
    'Frames of a player rendered for one leg alone although many hear it: too many such players.',
  ),
  counter('encodes_station_total', 'encodes_station', 'Frames of players encoded once for all legs of a shard.'),
  counter('digits_overflow_total', 'digits_overflow', 'Presses of keys that came faster than any hand can type.'),
];

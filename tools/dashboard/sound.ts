import { chosen, chosenShards, type Query, quantiles, type Row, rate } from './panel.js';

const perShards = (metric: string): string => `sum by (instance) (${rate(metric, chosenShards)})`;

const concealed = perShards('parley_shard_frames_concealed_total');

/** What was counted, and what it is called: events a second. */
const rates = (metrics: readonly (readonly [name: string, legend: string])[]): readonly Query[] =>
  metrics.map(([name, legend]) => ({
    expr: perShards(`parley_shard_${name}_total`),
    legend: `{{instance}} ${legend}`,
  }));

export const sound: Row = {
  title: 'Does it sound good?',
  panels: [
    {
      title: 'Legs that sound bad',
      about: 'Share of the legs rated below 3.5 by ITU-T G.107: each is rated once in ten seconds.',
      ...{ kind: 'lines', unit: 'percentunit', width: 6, alert: 'ParleyCallsSoundBad' },
      queries: [
        {
          expr:
            `sum by (instance) (rate(parley_leg_mos_bucket{${chosen},le="3.5"}[$__rate_interval])) ` +
            `/ sum by (instance) (${rate('parley_leg_mos_count')})`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      title: 'Opinion score',
      about: 'Of the worst tenth of the legs, and of half of them; 4.41 is the best that G.711 can be.',
      ...{ kind: 'lines', unit: 'none', width: 6, max: 5 },
      queries: quantiles([0.1, 0.5], 'parley_leg_mos'),
    },
    {
      title: 'Packets lost or late',
      about: 'Share of the packets of a leg: half of the legs, and all but the worst tenth, have less.',
      ...{ kind: 'lines', unit: 'percentunit', width: 6, worthALookAbove: 0.03 },
      queries: quantiles([0.5, 0.9, 0.99], 'parley_leg_loss_ratio'),
    },
    {
      title: 'Frames concealed',
      about: 'Share of the frames of talking legs that were made up because none was there in time.',
      ...{ kind: 'lines', unit: 'percentunit', width: 6, worthALookAbove: 0.03 },
      queries: [
        {
          expr: `${concealed} / (${concealed} + ${perShards('parley_shard_frames_played_total')} > 0)`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      title: 'Jitter',
      about: 'Interarrival jitter of legs (RFC 3550). The playout delay follows it.',
      ...{ kind: 'lines', unit: 's', width: 6 },
      queries: quantiles([0.5, 0.9], 'parley_leg_jitter_seconds'),
    },
    {
      title: 'Playout delay',
      about: 'How long after the fastest packet sound is played. Above 0.15 s people begin to talk at the same time.',
      ...{ kind: 'lines', unit: 's', width: 6, worthALookAbove: 0.15 },
      queries: quantiles([0.5, 0.9], 'parley_leg_playout_delay_seconds'),
    },
    {
      title: 'Round trip',
      about: 'To the party and back, of legs whose peer reports: the network beyond this machine.',
      ...{ kind: 'lines', unit: 's', width: 6, worthALookAbove: 0.3 },
      queries: quantiles([0.5, 0.9], 'parley_leg_round_trip_seconds'),
    },
    {
      title: 'Level of speech',
      about: 'Mean level of legs that speak, below full scale; -26 is usual. Far below is not heard, far above clips.',
      ...{ kind: 'lines', unit: 'dB', width: 6 },
      queries: quantiles([0.1, 0.5, 0.9], 'parley_leg_speech_level_dbov'),
    },
    {
      title: 'How gaps were filled',
      about: 'Each second: restored from the next packet, filled from both sides, guessed, or faded into silence.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: rates([
        ['gaps_restored', 'restored'],
        ['gaps_filled', 'filled'],
        ['guesses_by_codec', 'guessed by the codec'],
        ['guesses_by_pitch', 'guessed by pitch'],
        ['guesses_of_noise', 'noise alone'],
        ['guesses_faded', 'silence'],
      ]),
    },
    {
      title: 'Packets of no use',
      about: 'Each second, by what was wrong with them. Failed authentication in numbers: wrong keys, or an attack.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: rates([
        ['packets_late', 'late'],
        ['packets_duplicate', 'twice'],
        ['packets_overflow', 'no place'],
        ['packets_invalid', 'not RTP'],
        ['packets_foreign', 'of another sender'],
        ['packets_payload_unknown', 'not negotiated'],
        ['packets_undecodable', 'not decodable'],
        ['srtp_auth_failed', 'not authentic'],
        ['srtp_replayed', 'replayed'],
      ]),
    },
    {
      title: 'Starved',
      about:
        'Each second: turns at which nothing was there. RTP that ran dry, gRPC legs and sounds that came too late.',
      ...{ kind: 'lines', unit: 'ops', width: 6 },
      queries: rates([
        ['starvations', 'RTP'],
        ['lane_frames_starved', 'gRPC'],
        ['player_frames_starved', 'sounds'],
        ['span_parts_late', 'parts of other shards'],
      ]),
    },
    {
      title: 'Packets',
      about: 'RTP received and sent each second: 50 a leg and direction at 20 ms.',
      ...{ kind: 'lines', unit: 'ops', width: 6 },
      queries: rates([
        ['packets_received', 'received'],
        ['packets_sent', 'sent'],
        ['packets_send_failed', 'refused by the kernel'],
      ]),
    },
  ],
};

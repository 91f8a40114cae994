import { chosen, chosenShards, quantile, type Row, rate } from './panel.js';

const shardLegend = '{{instance}} shard {{shard}}';

export const capacity: Row = {
  title: 'How full is it?',
  panels: [
    {
      title: 'Legs that could still be taken',
      about: 'Of those that are there and those that could come, by slots and by tick time.',
      ...{ kind: 'gauge', unit: 'percentunit', width: 6, alert: 'ParleyNearlyFull', max: 1 },
      queries: [
        {
          expr: `parley_legs_free{${chosen}} / (parley_legs_free{${chosen}} + parley_legs{${chosen}})`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      title: 'Legs, and room for more',
      about: 'What is there and what could still come. Room shrinks faster than legs grow when legs cost more time.',
      ...{ kind: 'stacked', unit: 'short', width: 6 },
      queries: [
        { expr: `parley_legs{${chosen}}`, legend: '{{instance}} legs' },
        { expr: `parley_legs_free{${chosen}}`, legend: '{{instance}} free' },
      ],
    },
    {
      title: 'Tick load',
      about: 'Work as a share of the 5 ms of a tick. Above `PARLEY_TICK_LOAD_MAX`, 60 % by default, nobody is let in.',
      ...{ kind: 'lines', unit: 'percentunit', width: 6, worthALookAbove: 0.6, max: 1 },
      queries: [{ expr: `parley_shard_tick_load_ratio{${chosenShards}}`, legend: shardLegend }],
    },
    {
      title: 'Brown-out',
      about: 'Shards that spend less on sound because their ticks come near 5 ms, by step (docs/tick.md).',
      ...{ kind: 'lines', unit: 'short', width: 6, alert: 'ParleyBrownOut' },
      queries: [
        { expr: `sum by (instance, step) (parley_brown_out_shards{${chosen}})`, legend: '{{instance}} {{step}}' },
      ],
    },
    {
      title: 'Work of a tick',
      about: 'Half of the ticks, and all but one in a hundred, are done within this time; 5 ms is all there is.',
      ...{ kind: 'lines', unit: 's', width: 8, worthALookAbove: 0.005 },
      queries: [0.5, 0.99].map((share) => ({
        expr: quantile(share, 'parley_shard_tick_work_seconds', ['instance', 'shard'], chosenShards),
        legend: `${shardLegend} ${share * 100} %`,
      })),
    },
    {
      title: 'Phases of a tick',
      about: 'Mean time of each phase (docs/tick.md): what a tick is spent on. Waiting for other shards is not in it.',
      ...{ kind: 'stacked', unit: 's', width: 8 },
      queries: [
        {
          expr:
            `sum by (instance, phase) (${rate('parley_shard_tick_phase_seconds_sum', chosenShards)}) ` +
            `/ ignoring (phase) group_left sum by (instance) (${rate('parley_shard_ticks_total', chosenShards)})`,
          legend: '{{instance}} {{phase}}',
        },
      ],
    },
    {
      title: 'Lateness of ticks',
      about:
        'How late the engine woke up: what the machine does to it. Late by milliseconds is heard in conversations.',
      ...{ kind: 'lines', unit: 's', width: 8, worthALookAbove: 0.005 },
      queries: [0.5, 0.99, 0.999].map((share) => ({
        expr: quantile(share, 'parley_shard_tick_lateness_seconds', ['instance', 'shard'], chosenShards),
        legend: `${shardLegend} ${Number((share * 100).toFixed(1))} %`,
      })),
    },
    {
      title: 'Legs by codec',
      about: 'RTP legs by what they are coded in. A leg in Opus costs many times one in G.711.',
      ...{ kind: 'stacked', unit: 'short', width: 6 },
      queries: [
        ['companded', 'PCMU, PCMA'],
        ['linear', 'L16'],
        ['subband', 'G.722'],
        ['opus', 'Opus'],
      ].map(([name, legend]) => ({
        expr: `sum by (instance) (parley_shard_legs_${name}{${chosenShards}})`,
        legend: `{{instance}} ${legend}`,
      })),
    },
    {
      title: 'Participants by state',
      about: 'Waiting for their conference to begin, held, muted, coaching, or none of these.',
      ...{ kind: 'stacked', unit: 'short', width: 6 },
      queries: [
        { expr: `sum by (instance, state) (parley_participants{${chosen}})`, legend: '{{instance}} {{state}}' },
      ],
    },
    {
      title: 'Conferences and calls',
      about: 'Conferences that wait or are in progress, and calls by how their media comes.',
      ...{ kind: 'lines', unit: 'short', width: 6 },
      queries: [
        { expr: `parley_conferences{${chosen}}`, legend: '{{instance}} conferences {{phase}}' },
        { expr: `parley_calls{${chosen}}`, legend: '{{instance}} calls {{media}}' },
      ],
    },
    {
      title: 'Legs of each shard',
      about: 'And how many are spoken into now. Shards that stand far apart hold rooms of different sizes.',
      ...{ kind: 'lines', unit: 'short', width: 6 },
      queries: [
        { expr: `parley_shard_legs{${chosenShards}}`, legend: shardLegend },
        { expr: `parley_shard_legs_speaking{${chosenShards}}`, legend: `${shardLegend} speaking` },
      ],
    },
    {
      title: 'Processor time of a leg and frame',
      about: 'CPU time of the engines for a leg and 20 ms: the price of a leg, to plan machines by.',
      ...{ kind: 'lines', unit: 's', width: 12 },
      queries: [
        {
          expr:
            `sum by (instance) (${rate('parley_shard_cpu_seconds_total')}) ` +
            `/ (50 * sum by (instance) (parley_shard_legs{${chosen}}) > 0)`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      title: 'Memory',
      about: 'Resident memory of the process; what the shards take is taken at the start, by their limits.',
      ...{ kind: 'lines', unit: 'bytes', width: 12 },
      queries: [
        { expr: `process_resident_memory_bytes{job="parley",${chosen}}`, legend: '{{instance}} resident' },
        { expr: `sum by (instance) (parley_shard_memory_bytes{${chosen}})`, legend: '{{instance}} shards' },
        { expr: `nodejs_heap_size_used_bytes{job="parley",${chosen}}`, legend: '{{instance}} JavaScript' },
      ],
    },
  ],
};

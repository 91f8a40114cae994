import { chosen, chosenShards, increase, type Row, rate } from './panel.js';

const perShard = (metric: string): string => rate(metric, chosenShards);

export const up: Row = {
  title: 'Is it up, and do ticks advance?',
  panels: [
    {
      title: 'Answers',
      about: 'Whether the daemon answers the scrape. Everything below is silent for one that does not.',
      ...{ kind: 'stat', unit: 'none', width: 4, alert: 'ParleyDown', words: ['down', 'up'] },
      queries: [{ expr: `up{job="parley",${chosen}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Shards that failed',
      about: 'Engine threads that ended unasked in the last 15 minutes; their conferences ended with them.',
      ...{ kind: 'stat', unit: 'none', width: 4, alert: 'ParleyShardFailed' },
      queries: [{ expr: increase('parley_shards_failed_total', '15m'), legend: '{{instance}}' }],
    },
    {
      title: 'Store',
      about: 'Whether what is committed is written. While it is not, no conference begins.',
      ...{ kind: 'stat', unit: 'none', width: 4, alert: 'ParleyStoreFailing', words: ['failing', 'writes'] },
      queries: [{ expr: `parley_store_healthy{${chosen}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Draining',
      about: 'Whether it takes nothing new because it goes down. Told when it does so for four hours.',
      ...{ kind: 'stat', unit: 'none', width: 4, alert: 'ParleyDrainsForLong', words: ['no', 'draining'] },
      queries: [{ expr: `parley_draining{${chosen}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Real-time scheduling',
      about: 'Whether every shard runs under SCHED_FIFO: without it any busy program makes ticks late.',
      ...{
        kind: 'stat',
        unit: 'none',
        width: 4,
        alert: 'ParleyNoRealtimeScheduling',
        words: ['missing', 'all shards'],
      },
      queries: [{ expr: `min by (instance) (parley_shard_realtime_scheduling{${chosen}})`, legend: '{{instance}}' }],
    },
    {
      title: 'Up since',
      about: 'How long the process runs. A short time that nobody meant is a crash: its log says why.',
      ...{ kind: 'stat', unit: 's', width: 4 },
      queries: [{ expr: `time() - process_start_time_seconds{job="parley",${chosen}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Ticks a second',
      about: 'A shard mixes once in 5 ms: 200 a second, whatever the load is. Fewer are audio that stands still.',
      ...{ kind: 'lines', unit: 'short', width: 8, alert: 'ParleyAudioStandsStill' },
      queries: [{ expr: perShard('parley_shard_ticks_total'), legend: '{{instance}} shard {{shard}}' }],
    },
    {
      title: 'Ticks longer than 5 ms',
      about: 'Share of the ticks whose work took longer than a tick may: the next begins late.',
      ...{ kind: 'lines', unit: 'percentunit', width: 8, alert: 'ParleyTicksOverrun' },
      queries: [
        {
          expr: `${perShard('parley_shard_ticks_overrun_total')} / ${perShard('parley_shard_ticks_total')}`,
          legend: '{{instance}} shard {{shard}}',
        },
      ],
    },
    {
      title: 'Ticks given up',
      about: 'In ten minutes: a shard that is 60 ms behind leaves out what it cannot make up for. Everybody hears it.',
      ...{ kind: 'lines', unit: 'short', width: 8, alert: 'ParleyTicksGivenUp' },
      queries: [
        {
          expr: increase('parley_shard_ticks_reanchored_total', '10m', chosenShards),
          legend: '{{instance}} shard {{shard}}',
        },
      ],
    },
  ],
};

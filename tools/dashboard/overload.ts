import { chosen, increaseBy, type Query, quantile, quantiles, type Row, rate } from './panel.js';

/** Bounds of queues and histories that were hit: something was refused, dropped or forgotten. */
const bounds: readonly Query[] = [
  ['parley_commands_overflow_total', 'commands refused'],
  ['parley_document_dials_overflow_total', 'dials with documents refused'],
  ['parley_engine_batches_postponed_total', 'batches postponed'],
  ['parley_callbacks_overflow_total', 'callbacks given up'],
  ['parley_watch_states_skipped_total', 'states skipped'],
  ['parley_findings_forgotten_total', 'findings forgotten'],
  ['parley_audit_lost_total', 'audit lines lost'],
  ['parley_connections_refused_total', 'connections refused: {{listener}}, {{why}}'],
  ['parley_connections_cut_total', 'connections cut: {{why}}'],
  ['parley_rpcs_cut_total', 'calls and streams cut: {{why}}'],
  ['parley_api_refusals_postponed_total', 'refusals answered late: {{face}}'],
].map(([name = '', legend = '']) => ({ expr: `${rate(name)} > 0`, legend: `{{instance}} ${legend}` }));

export const overload: Row = {
  title: 'Is it overloaded, and what does it refuse?',
  panels: [
    {
      title: 'Lag of the control plane',
      about:
        'How late the event loop runs what is due, 99 of 100: 100 ms when nothing waits. Commands and callbacks wait as long; audio does not.',
      ...{ kind: 'lines', unit: 's', width: 6, alert: 'ParleyControlPlaneLags' },
      queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{job="parley",${chosen}}`, legend: '{{instance}}' }],
    },
    {
      title: 'Time of a command',
      about: 'From being queued to being committed and with the engine: a join, a mute, a leave.',
      ...{ kind: 'lines', unit: 's', width: 6, worthALookAbove: 0.1 },
      queries: quantiles([0.5, 0.99], 'parley_command_duration_seconds'),
    },
    {
      title: 'Time of requests',
      about: '99 of 100: unary calls over gRPC, requests over REST.',
      ...{ kind: 'lines', unit: 's', width: 6, worthALookAbove: 0.5 },
      queries: [
        { expr: quantile(0.99, 'parley_rpc_duration_seconds'), legend: '{{instance}} gRPC' },
        { expr: quantile(0.99, 'parley_rest_request_duration_seconds'), legend: '{{instance}} REST' },
      ],
    },
    {
      title: 'Processor',
      about: 'Cores in use by the whole process, and by the engines. The rest is the control plane and jobs.',
      ...{ kind: 'lines', unit: 'short', width: 6 },
      queries: [
        {
          expr: `rate(process_cpu_seconds_total{job="parley",${chosen}}[$__rate_interval])`,
          legend: '{{instance}} process',
        },
        { expr: `sum by (instance) (${rate('parley_shard_cpu_seconds_total')})`, legend: '{{instance}} engines' },
      ],
    },
    {
      title: 'Refused by the engine',
      about: 'Legs and conferences each second, by what there was no place for. tick-time: the shards are full.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: [{ expr: `${rate('parley_engine_refusals_total')} > 0`, legend: '{{instance}} {{lack}}' }],
    },
    {
      title: 'Dials',
      about: 'Each second, by what came of them.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: [
        {
          expr: `sum by (instance, outcome) (${rate('parley_dials_total')})`,
          legend: '{{instance}} {{outcome}}',
        },
      ],
    },
    {
      title: 'gRPC calls that failed',
      about: 'Each second, by status. INTERNAL is a bug of the daemon, and in its log.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: [{ expr: `${rate('parley_rpcs_total', `${chosen},code!="OK"`)} > 0`, legend: '{{instance}} {{code}}' }],
    },
    {
      title: 'REST requests by status',
      about: 'Each second. 429: an account, or an address, asks for more than it may.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: [
        {
          expr: `sum by (instance, status) (${rate('parley_rest_requests_total')}) > 0`,
          legend: '{{instance}} {{status}}',
        },
        { expr: `${rate('parley_api_rate_limited_total')} > 0`, legend: '{{instance}} limited, {{face}}' },
      ],
    },
    {
      title: 'Wrong credentials',
      about: 'Each second: told so, or told to wait because there were too many.',
      ...{ kind: 'stacked', unit: 'ops', width: 6, alert: 'ParleyLoginsFail' },
      queries: [
        {
          expr: `sum by (instance, answer) (${rate('parley_failed_logins_total')})`,
          legend: '{{instance}} {{answer}}',
        },
      ],
    },
    {
      title: 'Bounds that were hit',
      about: 'Each second. Every queue and history has a bound; what comes on top is refused, dropped or forgotten.',
      ...{ kind: 'lines', unit: 'ops', width: 6, alsoSee: ['ParleyAuditLost'] },
      queries: bounds,
    },
    {
      title: 'Changes of the configuration',
      about: 'In the last 15 minutes, of the configuration and of certificates: taken, or refused.',
      ...{ kind: 'lines', unit: 'short', width: 6, alsoSee: ['ParleyReloadRefused'] },
      queries: [
        {
          expr: increaseBy(['instance', 'outcome'], 'parley_config_reloads_total', '15m'),
          legend: '{{instance}} configuration {{outcome}}',
        },
        {
          expr: increaseBy(['instance', 'outcome'], 'parley_tls_reloads_total', '15m'),
          legend: '{{instance}} certificates {{outcome}}',
        },
      ],
    },
    {
      title: 'Certificates expire in',
      about: 'By listener; told two weeks before. Nothing: none is used.',
      ...{ kind: 'lines', unit: 's', width: 6, alsoSee: ['ParleyCertificateExpires'] },
      queries: [
        {
          expr: `(parley_tls_certificate_expiry_timestamp_seconds{${chosen}} > 0) - time()`,
          legend: '{{instance}} {{listener}}',
        },
      ],
    },
  ],
};

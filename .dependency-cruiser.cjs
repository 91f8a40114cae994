/**
 * The import rules of the parts: each may use only those above it in the table of docs/architecture.md.
 * `may(part, allowed)` forbids everything in src/ that is not the part itself or one of the allowed ones.
 */
const pureParts = ['base', 'conference', 'cxml', 'callbacks', 'recordings', 'media', 'sound', 'app'];
const faces = ['grpc', 'rest', 'http', 'status'];
const adapters = [...faces, 'capture', 'store', 'webhook', 'engine', 'jobs', 'recordings', 'sound', 'system', 'tracing'];

const may = (part, allowed) => ({
  name: `${part}-imports`,
  comment: `${part} may import only: ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${part}/` },
  to: { path: '^src/', pathNot: [part, ...allowed].map((name) => `^src/${name}(/|\\.ts$)`) },
});

module.exports = {
  forbidden: [
    may('base', []),
    may('conference', ['base']),
    may('cxml', ['base', 'conference']),
    may('callbacks', ['base', 'conference']),
    may('recordings', ['base', 'conference', 'callbacks']),
    may('media', ['base', 'conference']),
    may('sound', ['base']),
    may('app', ['base', 'conference', 'cxml', 'callbacks', 'recordings', 'media']),
    may('addon', ['base', 'media']),
    may('worker', [
      ...['base', 'conference', 'media', 'sound', 'recordings', 'addon'],
      'adapters/system/collect-garbage',
    ]),
    ...adapters.map((adapter) =>
      may(`adapters/${adapter}`, [
        ...pureParts,
        ...(adapter === 'grpc' ? ['gen'] : []),
        ...(adapter === 'engine' ? ['addon', 'worker'] : []),
        ...(['jobs', 'recordings', 'sound'].includes(adapter) ? ['worker'] : []),
        // Those with a thread of their own, which is told when to collect.
        ...(['store', 'capture'].includes(adapter) ? ['adapters/system/collect-garbage'] : []),
      ]),
    ),
    may('client', ['gen']),
    {
      name: 'nobody-in-the-daemon-is-a-client',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(client|cli)/' },
      to: { path: '^src/client/' },
    },
    {
      name: 'callers-are-strangers',
      comment: 'The callers of the demo and the tests share no line with the daemon, or they would share its mistakes',
      severity: 'error',
      from: { path: '^src/cli/caller/' },
      to: { path: '^src/', pathNot: ['^src/cli/caller/', '^src/client/', '^src/gen/'] },
    },
    {
      name: 'nobody-imports-the-command-line',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'pure-parts-touch-nothing',
      comment: 'Pure parts import neither Node nor npm, but for two parsers: of SDP in media/sdp and of XML in cxml',
      severity: 'error',
      from: { path: `^src/(${pureParts.join('|')})/`, pathNot: '\\.test\\.ts$' },
      to: {
        pathNot: [
          '^src/',
          'node_modules/sdp-transform',
          'node_modules/@types/sdp-transform',
          'node_modules/saxes',
        ],
      },
    },
    {
      name: 'one-sdp-parser',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/media/sdp/' },
      to: { path: 'sdp-transform' },
    },
    {
      name: 'one-xml-parser',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cxml/xml\\.ts$' },
      to: { path: 'node_modules/saxes' },
    },
    {
      name: 'one-tracing-sdk',
      comment: 'What is recorded is said to base/tracer.ts; the SDK is loaded by those only who collect it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/tracing/' },
      to: { path: 'node_modules/@opentelemetry' },
    },
    {
      name: 'generated-code-stays-at-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters/grpc|client|cli|gen)/' },
      to: { path: '^src/gen/' },
    },
    { name: 'no-cycles', severity: 'error', from: { pathNot: '^src/gen/' }, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports is dead, unless it is where something starts',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [
          '^src/gen/',
          '^src/cli/main\\.ts$',
          '^src/worker/',
          '^src/cli/demo/caller-process\\.ts$',
          '^src/adapters/status/assets/main\\.ts$',
        ],
      },
      to: {},
    },
    {
      name: 'tests-are-imported-by-nobody',
      severity: 'error',
      from: {},
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'declared-packages-only',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'daemon-needs-no-development-package',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|build)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};

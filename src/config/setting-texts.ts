/**
 * What each setting means to whoever sets it: docs/configuration.md and parley.example.yaml are made of it
 * (`npm run generate`), so that neither says what is not so. Markdown, without a full stop.
 */
import type { SettingName } from './settings.js';

export type SettingText = {
  readonly means: string;
  /** When the default is none, or depends: in words. Left out: that of the schema. */
  readonly byDefault?: string;
  /** As one would write it in a file. Left out: the default. */
  readonly sample?: string;
  /** Here a part of the page begins that is called so. */
  readonly group?: string;
  /** Shown by nobody. */
  readonly isSecret?: true;
  /** A reload changes it; the others hold from the next start on. */
  readonly isLive?: true;
};

export const settingTexts = {
  grpcListen: {
    group: 'Listeners',
    means: 'where the gRPC API listens, host:port; an IPv6 host in brackets; port 0 lets the kernel choose',
  },
  httpListen: { means: 'where the [status page](status-page.md) is, at `/`, and `/metrics`, `/livez` and `/readyz`' },
  restListen: { means: 'where the [REST API](rest.md) listens' },
  restTlsCertFile: {
    byDefault: 'none: plain HTTP',
    sample: '/etc/parley/rest.pem',
    means: 'file with the PEM certificates of the REST API, its own first',
  },
  restTlsKeyFile: {
    byDefault: 'none',
    sample: '/etc/parley/rest.key',
    means: 'file with the PEM key of that certificate',
  },
  grpcTlsCertFile: {
    byDefault: 'none: in clear text',
    sample: '/etc/parley/grpc.pem',
    means: 'file with the PEM certificates of the gRPC API, its own first',
  },
  grpcTlsKeyFile: {
    byDefault: 'none',
    sample: '/etc/parley/grpc.key',
    means: 'file with the PEM key of that certificate',
  },
  grpcTlsClientCaFile: {
    byDefault: 'none: clients show no certificate',
    sample: '/etc/parley/clients.pem',
    means:
      'file with the PEM certificates of authorities: every client of the gRPC API has to show a certificate from ' +
      'one of them, which may open an account (`certificateSubjects`)',
  },
  httpTlsCertFile: {
    byDefault: 'none: plain HTTP',
    sample: '/etc/parley/http.pem',
    means: 'file with the PEM certificates of metrics and health, its own first',
  },
  httpTlsKeyFile: {
    byDefault: 'none',
    sample: '/etc/parley/http.key',
    means: 'file with the PEM key of that certificate',
  },
  connectionsMax: {
    isLive: true,
    means: 'connections that each listener has at once; `0`: no bound. One more is closed',
  },
  connectionsPerAddressMax: {
    isLive: true,
    means: 'connections that each listener has at once of one address, of IPv6 of one /64; `0`: no bound',
  },
  apiRequestsPerSecond: {
    isLive: true,
    means:
      'requests over gRPC and REST together that each account may make in the long run, and twice as many at once; ' +
      '`0`: no bound. One more is refused with code 20429; a stream counts once, when it begins',
  },
  streamsPerAccountMax: {
    isLive: true,
    means: 'streams of gRPC each account may have at once; `0`: no bound. One more is refused with code 16021',
  },
  conferencesPerAccountMax: {
    isLive: true,
    means: 'conferences each account may have at once; `0`: no bound. One more is refused with code 16021',
  },
  participantsPerAccountMax: {
    isLive: true,
    means: 'calls each account may have at once; `0`: no bound. One more is refused with code 16021',
  },
  recordingsPerAccountMax: {
    isLive: true,
    means:
      'recordings of each account that may run at once; `0`: no bound. One more is refused with code 16021, or ' +
      'failed where a conference or a dial was to begin it by itself',
  },
  documentsPerSecond: {
    isLive: true,
    means:
      'documents that each account may have asked for in the long run, and twice as many at once; `0`: no bound. One ' +
      'more is not asked for and failed with code 20429',
  },
  callbacksPerSecond: {
    isLive: true,
    means:
      'callbacks that are sent for each account in the long run, and twice as many at once; `0`: no bound. The ' +
      'others wait, in their order',
  },
  mediaBind: { group: 'Media', means: 'literal address RTP sockets are bound to' },
  mediaAdvertise: {
    byDefault: 'as bound',
    sample: '203.0.113.7',
    means: 'literal address that SDP answers name; needed when every address is bound',
  },
  rtpPorts: { means: 'RTP takes the even ports, RTCP the odd ones above; `0` lets the kernel choose' },
  jitterMs: {
    means:
      'least playout delay of the adaptive jitter buffers of calls whose dial names no `jitter_buffer_size`, and what gRPC legs begin with, 0 to 200; `0` turns the buffer of RTP legs off. How far it may grow: [playout](playout.md)',
  },
  srtpOpportunistic: { means: 'what an `RTP/AVP` offer with `a=crypto` becomes: `plain`, or `srtp` (RFC 8643)' },
  speechStartMs: { means: 'voice this long within half as much again begins speech, 20 to 840' },
  speechStopMs: { means: 'no voice for this long ends it, 20 to 10000' },
  rankedAbove: {
    means: 'in a conference of more legs than this only those who talk most are mixed; `0`: everybody always is',
  },
  talkersMax: { means: 'how many are mixed then, 1 to 64' },
  noiseGate: {
    group: 'Sound',
    means:
      '`on`: what a call sends between its words is given to the room 12 dB softer, unless its dial says otherwise',
  },
  automaticGain: {
    means: '`on`: the speech of a call is brought towards -26 dBov, by 12 dB at most, unless its dial says otherwise',
  },
  relatchMs: {
    group: 'Parties that are silent',
    means:
      "silence of a party's RTP after which it may go on from another address, 0 to 60000; " +
      '`0`: never ([rtp.md](rtp.md))',
  },
  mediaTimeoutSeconds: {
    means: "silence of a party's RTP after which it counts as gone, 0 to 86400; `0`: it never does",
  },
  mediaTimeoutPolicy: { means: 'what is done then: `hang-up`, `hold`, or `none`, which only tells' },
  shards: {
    group: 'Engines',
    byDefault: 'cores less one, at least 1',
    sample: '3',
    means: 'engines, each on a thread of its own',
  },
  realtimePriority: { means: 'SCHED_FIFO priority of the engines, 1 to 99; `0` leaves them as they are' },
  legsPerShard: { means: 'legs an engine has slots for' },
  roomsPerShard: { means: 'conferences an engine has slots for' },
  lanesPerShard: { means: 'of the legs, those whose media comes over gRPC' },
  opusLegsPerShard: {
    means:
      'of the legs, RTP legs in Opus or in L16 above 16 kHz, 0 to 4096; each takes 92 KiB. One more is refused with RESOURCE_EXHAUSTED',
  },
  tickLoadMax: { means: 'share of a 5 ms tick beyond which an engine takes no newcomer, 0.05 to 1' },
  webhookAllow: {
    group: 'Webhooks, documents and sounds',
    byDefault: 'none; loopback for the development account',
    sample: '[10.0.0.0/8]',
    means: 'address ranges webhooks may reach beside the public internet, separated by commas',
  },
  musicFile: {
    byDefault: 'the music that the project composed',
    sample: '/etc/parley/hold.ogg',
    means: 'a file of at most ten minutes in its place, in any format of [sounds](sounds.md)',
  },
  soundCacheMegabytes: {
    means: 'samples of sounds and of speech kept to be played again, 0 to 65536; 11 s take a megabyte',
  },
  speechCommand: { means: 'eSpeak NG, by its name or path; where it is not there, nothing is said' },
  webhookPorts: { means: 'ports webhooks may go to, and ranges of them' },
  webhookCaFile: {
    byDefault: 'none',
    sample: '/etc/parley/ca.pem',
    means: "file of PEM certificates of authorities that receivers' certificates may come from, beside the public ones",
  },
  dataDir: {
    group: 'Store',
    means: 'folder of the [store](callbacks.md); `memory` forgets everything with the process',
  },
  storeCheckHours: {
    means: 'hours between two [checks](callbacks.md) of the whole store, 0 to 720; `0`: it is not checked',
  },
  historyDays: { means: 'how long conferences that are over, events and dead letters are kept, 1 to 3650' },
  historyConferencesMax: {
    means: 'conferences that are over which are kept for each account, the newest; at most 10000000',
  },
  historyEventsMax: { means: 'events kept for each account, the newest; at most 100000000' },
  callbackHorizonHours: {
    isLive: true,
    group: 'Callbacks',
    means: 'how old a callback may become before it is given up, 0 to 720; `0`: three tries',
  },
  callbacksPerAccountMax: { means: 'callbacks that may wait for each account' },
  publicUrl: {
    group: 'Recordings',
    byDefault: '`http://` or `https://` and where the REST API listens',
    sample: 'https://parley.example.com',
    means: 'scheme and host of the REST API as the world sees it: callbacks name recordings by it',
  },
  recordingsDir: {
    byDefault: '`recordings` in the data folder',
    sample: '/var/lib/parley/recordings',
    means: 'folder of [recordings](recording-life.md)',
  },
  recordingRateHz: {
    means: 'rate of recordings of rooms that are mixed at less when they begin: 8000, 16000 or 48000',
  },
  recordingFormats: {
    byDefault: 'none',
    sample: '[mp3]',
    means:
      'made of each recording at once, beside WAV: of `mp3`, `flac` and `opus`, separated by commas; others when they are first asked for',
  },
  recordingDays: { means: 'how old recordings become, 0 to 36500; `0`: they are kept' },
  recordingMegabytesPerAccount: { means: 'how much of them is kept of each account: the oldest go; `0`: no bound' },
  recordingFreeMegabytes: { means: 'with less free space than this no recording begins' },
  mediaRequiresAuth: { isLive: true, means: '`off`: whoever knows the sid of a recording may fetch its files' },
  recordingStorage: {
    group: 'Where recordings are kept',
    means: 'where files of recordings are [kept](recording-storage.md): `folder`, or `s3`',
  },
  recordingCompletedOnce: {
    means:
      'with `s3`: when a recording is completed and told of: `stored`, once the store has its files, or `spooled`, once they wait for it on this disk',
  },
  s3Bucket: {
    byDefault: 'none',
    sample: 'recordings.example.org',
    means: 'its bucket, which must be there; needed with `s3`',
  },
  s3Endpoint: {
    byDefault: 'that of AWS',
    sample: 'https://objects.example.org',
    means: 'URL of another store that speaks S3',
  },
  s3Region: { means: 'region of the bucket' },
  s3Prefix: { byDefault: 'none', sample: 'parley', means: 'what the names of all objects begin with' },
  s3PathStyle: { means: '`on`: the bucket is named in the path, as many other stores want it, and not in the host' },
  s3Encryption: { means: 'what the store is asked to encrypt with: `off`, `sse-s3` or `sse-kms`' },
  s3KmsKeyId: {
    byDefault: "the store's own",
    sample: 'arn:aws:kms:eu-central-1:111122223333:key/1234',
    means: 'key of `sse-kms`',
  },
  s3AccessKeyFile: {
    byDefault: 'as programs of AWS find it',
    sample: '/etc/parley/s3-access-key',
    means: 'file with the access key, in one line',
  },
  s3SecretKeyFile: {
    byDefault: 'as programs of AWS find it',
    sample: '/etc/parley/s3-secret-key',
    means: 'file with the secret key, in one line',
  },
  s3PartMegabytes: { means: 'files above this size are sent in parts of it, 5 to 512' },
  drainSeconds: {
    group: 'The daemon',
    isLive: true,
    means:
      'how long conferences go on, and may be joined, after SIGTERM ([draining](production.md#draining)); `0`: they end at once',
  },
  shutdownSeconds: {
    isLive: true,
    means: 'what a shutdown may take after that: conferences end, callbacks are delivered, shards stop',
  },
  logLevel: {
    isLive: true,
    means: '`debug`, `info`, `warn` or `error`; the log goes to standard error, JSON, one object a line',
  },
  metricsAccountsMax: {
    means:
      'accounts whose usage is shown in the [metrics](metrics.md) by their names, the first of the list below; the ' +
      'others are counted together as `other`; 0 to 1000, 0: all of them are',
  },
  tracingEndpoint: {
    group: 'Traces',
    byDefault: '`OTEL_EXPORTER_OTLP_ENDPOINT` of the environment; without it nothing is traced',
    sample: 'http://127.0.0.1:4318',
    means: 'base URL of a collector of [traces](tracing.md) that speaks OTLP over HTTP: `/v1/traces` is below it',
  },
  tracingHeaders: {
    byDefault: 'none',
    sample: 'x-tenant=acme',
    isSecret: true,
    means:
      'sent with every request to it: `name=value`, separated by commas or lines; what is secret in them stands in a file: `{ file: PATH }`',
  },
  tracingSampleRatio: {
    means:
      'of the traces that begin here, the share that is recorded, 0 to 1; others are where whoever began them says so',
  },
  tracingServiceName: {
    byDefault: '`OTEL_SERVICE_NAME` of the environment, or `parley`',
    means: 'what traces call the service',
  },
  accounts: {
    isLive: true,
    group: 'Accounts',
    byDefault: 'one development account',
    isSecret: true,
    means: 'the [accounts](#accounts): a list; in the environment as JSON',
  },
} as const satisfies Readonly<Record<SettingName, SettingText>>;

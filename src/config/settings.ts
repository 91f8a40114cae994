/**
 * Every setting, once: how what was written is read, and what it is when nothing is said. The configuration file has
 * them under these names, the environment as PARLEY_ and the name in capitals, the command line as --name-with-dashes.
 * What each means to whoever sets it stands in setting-texts.ts.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { logLevels } from '../adapters/system/logger.js';
import { parseAddressRange, parsePorts } from '../adapters/webhook/egress.js';
import { type RecordingFormat, recordingFormats } from '../recordings/recording.js';
import { accountSchema, type ConfiguredAccount } from './account.js';
import { parseListenAddress } from './address.js';
import { storageSettings } from './storage.js';
import { tracingSettings } from './tracing.js';
import { integerBetween, numberBetween, onOrOff, path, read, readList } from './values.js';

const shardsMax = 64;

/** A batch of a full shard is counted in 16 bits. */
const slotsMax = 8192;

/** What the engine takes (kOpusLegsMaxBound). */
const opusLegsMax = 4096;

const listen = read(parseListenAddress, 'must be host:port, an IPv6 host in brackets');
const literalAddress = read((value) => (isIP(value) === 0 ? null : value), 'must be an IPv4 or IPv6 address');

/** RTP takes the even ports and RTCP the odd ones above (RFC 3550 §11). */
function parsePortRange(value: string): { readonly first: number; readonly last: number } | null {
  if (value === '0') return { first: 0, last: 0 };
  const [, low = '', high = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? [];
  const [first, last] = [Number(low), Number(high)];
  return first >= 1024 && first % 2 === 0 && last > first && last <= 65_535 ? { first, last } : null;
}

const parseRanges = (value: string) => {
  const ranges = value
    .split(',')
    .filter((range) => range.trim() !== '')
    .map((range) => parseAddressRange(range.trim()));
  return ranges.every((range) => range !== null) ? ranges : null;
};

function parsePublicUrl(value: string): string | null {
  const url = /^https?:\/\/[^/?#]+\/?$/i.test(value) && URL.canParse(value) ? new URL(value) : null;
  return url === null || url.username !== '' ? null : url.origin;
}

function parseFormats(value: string): readonly RecordingFormat[] | null {
  const said = value.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  const formats = said.flatMap((name) => recordingFormats.find((format) => format === name) ?? []);
  return formats.length === said.length ? [...new Set(formats)] : null;
}

export const settingsSchema = z.strictObject({
  grpcListen: listen.prefault('127.0.0.1:7300'),
  httpListen: listen.prefault('127.0.0.1:7301'),
  /** The REST API; with a certificate and its key it speaks TLS, as the others do. */
  restListen: listen.prefault('127.0.0.1:7302'),
  restTlsCertFile: path.optional(),
  restTlsKeyFile: path.optional(),
  grpcTlsCertFile: path.optional(),
  grpcTlsKeyFile: path.optional(),
  /** Authorities of clients: with it every client has to show a certificate. */
  grpcTlsClientCaFile: path.optional(),
  httpTlsCertFile: path.optional(),
  httpTlsKeyFile: path.optional(),
  /** Connections that a listener has at once, of them from one address; 0: no bound. */
  connectionsMax: integerBetween(0, 1_000_000).prefault(4096),
  connectionsPerAddressMax: integerBetween(0, 1_000_000).prefault(1024),
  /** Requests to both APIs each account may make in the long run, and twice as many at once; 0: no bound. */
  apiRequestsPerSecond: integerBetween(0, 1_000_000).prefault(2000),
  /** Streams of gRPC each account may have at once; 0: no bound. */
  streamsPerAccountMax: integerBetween(0, 1_000_000).prefault(1000),
  /** What each account may have at once, unless it says otherwise itself; 0: no bound. */
  conferencesPerAccountMax: integerBetween(0, 100_000_000).prefault(0),
  participantsPerAccountMax: integerBetween(0, 100_000_000).prefault(0),
  recordingsPerAccountMax: integerBetween(0, 100_000_000).prefault(0),
  /** As apiRequestsPerSecond. */
  documentsPerSecond: integerBetween(0, 1_000_000).prefault(0),
  callbacksPerSecond: integerBetween(0, 1_000_000).prefault(0),
  /** Address RTP sockets are bound to, and the one SDP answers name: the same unless said otherwise. */
  mediaBind: literalAddress.prefault('127.0.0.1'),
  mediaAdvertise: literalAddress.optional(),
  rtpPorts: read(parsePortRange, 'must be first-last from 1024 to 65535, the first even; or 0').prefault('20000-29999'),
  /** Least playout delay of the jitter buffers: `large` of CONTRACT §1.2 unless said otherwise. */
  jitterMs: integerBetween(0, 200).prefault(60),
  /** What RTP/AVP with keys becomes (RFC 8643): the offerer would take either. */
  srtpOpportunistic: z.enum(['plain', 'srtp']).prefault('plain'),
  /** Voice this long within half as much again begins speech; none for that long ends it. */
  speechStartMs: integerBetween(20, 840).prefault(200),
  speechStopMs: integerBetween(20, 10_000).prefault(500),
  /** In a conference of more legs than this only those who talk most are mixed; 0: everybody always is. */
  rankedAbove: integerBetween(0, 100_000).prefault(64),
  /** How many then. */
  talkersMax: integerBetween(1, 64).prefault(6),
  /** For calls whose dial says nothing of them. */
  noiseGate: onOrOff.prefault('off'),
  automaticGain: onOrOff.prefault('off'),
  /** Silence of a party's RTP after which it may go on from another address; 0: never. */
  relatchMs: integerBetween(0, 60_000).prefault(2000),
  /** Silence after which a party counts as gone, and what is done then; 0: it never does. */
  mediaTimeoutSeconds: integerBetween(0, 86_400).prefault(300),
  mediaTimeoutPolicy: z.enum(['none', 'hang-up', 'hold']).prefault('hang-up'),
  /** A core is left to the control thread. */
  shards: integerBetween(1, shardsMax).prefault(Math.max(1, Math.min(shardsMax, availableParallelism() - 1))),
  /** SCHED_FIFO priority of the shards; 0 leaves them as they are. */
  realtimePriority: integerBetween(0, 99).prefault(20),
  legsPerShard: integerBetween(2, slotsMax).prefault(2048),
  roomsPerShard: integerBetween(1, slotsMax).prefault(1024),
  lanesPerShard: integerBetween(1, slotsMax).prefault(512),
  /** RTP legs in Opus, or in L16 above 16 kHz, at once: 92 KiB each; a core codes about 100 in Opus. */
  opusLegsPerShard: integerBetween(0, opusLegsMax).prefault(256),
  /** Share of a tick beyond which a shard takes no newcomer. */
  tickLoadMax: numberBetween(0.05, 1).prefault(0.6),
  /** Ranges webhooks may reach beside the public internet. */
  webhookAllow: readList(parseRanges, 'must be address ranges like 10.0.0.0/8, separated by commas').optional(),
  /** A file in place of the hold music that the project composed. */
  musicFile: path.optional(),
  /** Samples of sounds of the web and of speech, kept to be played again; 11 seconds take a megabyte. */
  soundCacheMegabytes: integerBetween(0, 65_536).prefault(64),
  /** eSpeak NG, by its name or path. */
  speechCommand: path.prefault('espeak-ng'),
  /** Ports webhooks may go to. */
  webhookPorts: readList(parsePorts, 'must be ports and ranges of them from 1 to 65535, separated by commas').prefault(
    '80,443,1024-65535',
  ),
  /** File of PEM certificates of authorities that receivers' certificates may come from, beside the public ones. */
  webhookCaFile: path.optional(),
  /** Folder of the store; `memory` forgets everything with the process. */
  dataDir: path.prefault('parley-data'),
  /** Between two checks of the whole store; 0: it is not checked. */
  storeCheckHours: integerBetween(0, 720).prefault(0),
  /** How long conferences that are over, events and dead letters are kept, and how many of each account. */
  historyDays: integerBetween(1, 3650).prefault(30),
  historyConferencesMax: integerBetween(1, 10_000_000).prefault(100_000),
  historyEventsMax: integerBetween(1, 100_000_000).prefault(1_000_000),
  /** How old a callback may become before it is given up; 0: three tries, as the vendors do. */
  callbackHorizonHours: integerBetween(0, 720).prefault(24),
  /** Callbacks that may wait for each account. */
  callbacksPerAccountMax: integerBetween(1, 100_000_000).prefault(1_000_000),
  /** Scheme and host of the REST API as the world sees it: callbacks name recordings by it. */
  publicUrl: read(parsePublicUrl, 'must be http:// or https:// and a host, without a path').optional(),
  /** Folder of recordings; left out: beside the store. */
  recordingsDir: path.optional(),
  /** Rate of recordings of rooms that are mixed at less. */
  recordingRateHz: read(
    (value) => [8000, 16_000, 48_000].find((rateHz) => String(rateHz) === value) ?? null,
    'must be 8000, 16000 or 48000',
  ).prefault('16000'),
  /** Made of each recording at once, beside WAV. */
  recordingFormats: readList(parseFormats, 'must be of mp3, flac and opus, separated by commas').prefault(''),
  /** How old recordings become, and how much of them is kept of each account; 0: no bound. */
  recordingDays: integerBetween(0, 36_500).prefault(0),
  recordingMegabytesPerAccount: integerBetween(0, 1_000_000_000).prefault(0),
  /** With less free space than this no recording begins. */
  recordingFreeMegabytes: integerBetween(0, 100_000_000).prefault(1024),
  /** Off: whoever knows the sid of a recording may fetch it, as both vendors do. */
  mediaRequiresAuth: onOrOff.prefault('on'),
  ...storageSettings,
  /** What conferences have to end by themselves when the daemon is told to stop. */
  drainSeconds: integerBetween(0, 86_400).prefault(60),
  /** What a shutdown may take after that. */
  shutdownSeconds: integerBetween(1, 600).prefault(20),
  logLevel: z.enum(logLevels).prefault('info'),
  /** Accounts with series of their own in the metrics; the others are counted together. */
  metricsAccountsMax: integerBetween(0, 1000).prefault(50),
  ...tracingSettings,
  accounts: z.array(accountSchema).min(1).max(1000).optional(),
});

export type Settings = z.output<typeof settingsSchema>;

export type SettingName = keyof Settings;

/** As the daemon takes them: what depends on other settings is said. */
export type Config = Omit<Settings, 'mediaAdvertise' | 'webhookAllow' | 'accounts'> & {
  /** Literal address put into SDP answers. */
  readonly mediaAdvertise: string;
  readonly webhookAllow: NonNullable<Settings['webhookAllow']>;
  /** Never empty. */
  readonly accounts: readonly ConfiguredAccount[];
};

export const settingNames = Object.keys(settingsSchema.shape);

export const isSettingName = (name: string): name is SettingName => settingNames.includes(name);

/** What the setting is when nothing is said, as one would write it; null: that depends, or there is none. */
export function defaultOf(name: SettingName): string | null {
  const { def } = settingsSchema.shape[name];
  return def.type === 'prefault' ? String(def.defaultValue) : null;
}

/** `grpcListen` is set by PARLEY_GRPC_LISTEN. */
export const variableOf = (name: string): string =>
  `PARLEY_${name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;

/** `grpcListen` is set by --grpc-listen. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (capital) => `-${capital}`).toLowerCase()}`;

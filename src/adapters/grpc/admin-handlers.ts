/** AdminService. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Application, DrainView, LegReport } from '../../app/application.js';
import type { DrainStays } from '../../app/drain.js';
import type { AccountSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import type {
  AdminService,
  DrainSchema,
  GetLegStatisticsResponseSchema,
  PlayoutStatisticsSchema,
  ShardSchema,
} from '../../gen/parley/v1/admin_service_pb.js';
import type { Endpoint } from '../../media/endpoint.js';
import type { ShardView } from '../../media/engine-port.js';
import type { PlayoutStatistics } from '../../media/leg-statistics.js';
import { type Failure, invalidArgument, notAvailable } from './failure.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import type { HandlersOf } from './service-definition.js';
import { failureOf } from './status.js';
import { toTimestamp } from './timestamps.js';

/** What an operator does to the daemon as a whole. */
export type Operations = {
  /** May the account do what concerns all others? */
  readonly isOperator: (accountSid: AccountSid) => boolean;
  /** The error has one line for each thing that is wrong; then nothing has changed. */
  readonly reload: () => Promise<
    Result<
      {
        readonly applied: readonly string[];
        readonly needRestart: readonly string[];
        readonly warnings: readonly string[];
      },
      readonly string[]
    >
  >;
};

/** More are not told at once. */
const problemsMax = 1000;

/** A day. */
const drainSecondsMax = 86_400;

/** More are counted, and not shown. */
const drainingConferencesMax = 1000;

const staying = (reason: string, message: string): Failure => ({
  code: status.FAILED_PRECONDITION,
  reason,
  message,
  contractCode: null,
  violations: [],
});

const drainStays: Readonly<Record<DrainStays['kind'], Failure>> = {
  'going-down': staying('GOING_DOWN', 'the daemon was told to stop'),
  'being-ended': staying('BEING_ENDED', 'the deadline is over and conferences are being ended'),
};

const notOperator: Failure = {
  code: status.PERMISSION_DENIED,
  reason: 'NOT_OPERATOR',
  message: 'the account is no operator of the daemon',
  contractCode: 20003,
  violations: [],
};

export const adminHandlers = (
  application: Application,
  operations: Operations | null = null,
): HandlersOf<typeof AdminService> => {
  const isOperator = (accountSid: AccountSid): boolean => operations?.isOperator(accountSid) ?? false;
  return {
    async getCapacity() {
      return ok(application.capacity());
    },

    async listShards() {
      return ok({ shards: application.shards().map(toShard) });
    },

    async drain({ withinSeconds }, { accountSid }) {
      if (!isOperator(accountSid)) return err(notOperator);
      if (withinSeconds !== undefined && withinSeconds > drainSecondsMax) {
        const violation = { field: 'within_seconds', description: `at most ${drainSecondsMax}` };
        return err(invalidArgument([violation], null));
      }
      return ok({ drain: toDrain(application.drain(withinSeconds === undefined ? null : withinSeconds * 1000)) });
    },

    async undrain(_request, { accountSid }) {
      if (!isOperator(accountSid)) return err(notOperator);
      const undrained = application.undrain();
      return undrained.ok ? ok({}) : err(drainStays[undrained.error.kind]);
    },

    async getDrain(_request, { accountSid }) {
      return isOperator(accountSid) ? ok({ drain: toDrain(application.drained()) }) : err(notOperator);
    },

    async reloadConfig(_request, { accountSid }) {
      if (operations === null) return err(notAvailable('reloading'));
      if (!isOperator(accountSid)) return err(notOperator);
      const reloaded = await operations.reload();
      if (!reloaded.ok) return ok({ problems: reloaded.error.slice(0, problemsMax) });
      const { applied, needRestart, warnings } = reloaded.value;
      return ok({ applied: [...applied], needRestart: [...needRestart], warnings: [...warnings] });
    },

    async getLegStatistics(request, { accountSid }) {
      const findings = new Findings();
      const callSid = readSid('call', request.callSid, 'call_sid', findings);
      if (callSid === null) return err(findings.failed());
      const statistics = application.legStatistics(accountSid, callSid);
      return statistics.ok ? ok(toStatistics(statistics.value)) : err(failureOf(statistics.error));
    },
  };
};

const toDrain = (view: DrainView): MessageInitShape<typeof DrainSchema> => ({
  draining: view.draining,
  deadline: view.deadlineAtMs === null ? undefined : toTimestamp(view.deadlineAtMs),
  goingDown: view.isGoingDown,
  calls: view.calls,
  conferences: view.conferences.length,
  oldest: view.conferences
    .slice(0, drainingConferencesMax)
    .map(({ accountSid, conferenceSid, room, participants }) => ({
      accountSid,
      conferenceSid,
      friendlyName: room,
      participants,
    })),
});

const toShard = (view: ShardView): MessageInitShape<typeof ShardSchema> => ({
  id: view.shard,
  alive: view.alive,
  legs: view.legs,
  legsMax: view.legsMax,
  rooms: view.rooms,
  roomsMax: view.roomsMax,
  lanes: view.lanes,
  lanesMax: view.lanesMax,
  tickLoad: view.tickLoad,
  realtimeScheduling: view.realtimeScheduling,
  cpuSeconds: view.cpuSeconds,
  counters: Object.fromEntries(
    Object.entries(view.stats).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  ),
});

const toStatistics = (statistics: LegReport): MessageInitShape<typeof GetLegStatisticsResponseSchema> => ({
  packetsReceived: toCount(statistics.packetsReceived),
  packetsSent: toCount(statistics.packetsSent),
  packetsLost: toCount(statistics.packetsLost),
  packetsLate: toCount(statistics.packetsLate),
  packetsDuplicate: toCount(statistics.packetsDuplicate),
  framesConcealed: toCount(statistics.framesConcealed),
  jitterMs: statistics.jitterMs,
  playoutDelayMs: statistics.playoutDelayMs,
  playout: toPlayout(statistics.playout),
  roundTripMs: statistics.roundTripMs ?? undefined,
  inputLevelDbov: -statistics.inputLevelDbov,
  outputLevelDbov: -statistics.outputLevelDbov,
  packetsOverflow: toCount(statistics.packetsOverflow),
  packetsRecovered: toCount(statistics.packetsRecovered),
  clientLevelDbov: statistics.clientLevelDbov === null ? undefined : -statistics.clientLevelDbov,
  lossRatio: statistics.quality.lossRatio,
  burstRatio: statistics.quality.burstRatio,
  delayMs: statistics.quality.delayMs,
  rFactor: statistics.quality.r,
  mos: statistics.quality.mos,
  remoteLossRatio: statistics.remoteLossRatio ?? undefined,
  remotePacketsLost: toCount(statistics.remotePacketsLost),
  speaking: statistics.speaking,
  noiseDbov: -statistics.noiseDbov,
  speechLevelDbov: -statistics.speechLevelDbov,
  gainDb: statistics.gainDb,
  framesHeard: toCount(statistics.framesHeard),
  framesSpeaking: toCount(statistics.framesSpeaking),
  framesClipped: toCount(statistics.framesClipped),
  framesLeftOut: toCount(statistics.framesLeftOut),
  levelHistogram: statistics.levelHistogram.map(toCount),
  remote: statistics.remote === null ? undefined : formatEndpoint(statistics.remote),
  srtpAuthFailed: toCount(statistics.srtpAuthFailed),
  srtpReplayed: toCount(statistics.srtpReplayed),
});

const toPlayout = (playout: PlayoutStatistics): MessageInitShape<typeof PlayoutStatisticsSchema> => ({
  targetDelayMs: playout.targetDelayMs,
  clockDriftPpm: playout.clockDriftPpm,
  gaps: toCount(playout.gaps),
  gapsRestored: toCount(playout.gapsRestored),
  gapsFilled: toCount(playout.gapsFilled),
  guessesByCodec: toCount(playout.guessesByCodec),
  guessesByPitch: toCount(playout.guessesByPitch),
  guessesOfNoise: toCount(playout.guessesOfNoise),
  guessesFaded: toCount(playout.guessesFaded),
  starvations: toCount(playout.starvations),
  spurtsAnchored: toCount(playout.spurtsAnchored),
  speechShortenedMs: playout.speechShortenedMs,
  quietShortenedMs: playout.quietShortenedMs,
  speechLengthenedMs: playout.speechLengthenedMs,
  quietLengthenedMs: playout.quietLengthenedMs,
  clocksFollowed: toCount(playout.clocksFollowed),
  packetsOutrun: toCount(playout.packetsOutrun),
  packetsLeftOut: toCount(playout.packetsLeftOut),
  restarts: toCount(playout.restarts),
});

/** Losses may count below zero when packets come twice (RFC 3550 §6.4.1). */
const toCount = (value: number): bigint => BigInt(Math.max(0, Math.trunc(value)));

const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { accountA, callSid, conferenceSid } from '../../../test/support/grpc/fake-application.js';
import { refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { err, ok } from '../../base/result.js';
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';

const { drain, getCapacity, getDrain, listShards, getLegStatistics, reloadConfig, undrain } = AdminService.method;

describe('ReloadConfig', () => {
  const applied = { applied: ['accounts'], needRestart: ['shards'], warnings: ['odd'] };

  it('is for operators alone', async () => {
    let isAsked = false;
    const reload = async () => {
      isAsked = true;
      return ok(applied);
    };
    const served = await serveFake({ operations: { isOperator: () => false, reload } });
    expect(await refusalOf(served.client.unary(reloadConfig, {}))).toMatchObject({
      code: status.PERMISSION_DENIED,
      reason: 'NOT_OPERATOR',
      contractCode: '20003',
    });
    expect(isAsked).toBe(false);
  });

  it('tells what has changed, or everything that is wrong', async () => {
    const asked: unknown[] = [];
    const isOperator = (sid: unknown): boolean => asked.push(sid) > 0;
    let wrong: readonly string[] | null = null;
    const reload = async () => (wrong === null ? ok(applied) : err(wrong));
    const served = await serveFake({ operations: { isOperator, reload } });
    expect(await served.client.unary(reloadConfig, {})).toMatchObject({ ...applied, problems: [] });
    wrong = Array.from({ length: 1001 }, (_, index) => `parley.yaml:${index + 1}:1: shards: must not be`);
    const { problems, applied: none } = await served.client.unary(reloadConfig, {});
    expect([problems.length, problems[999], none]).toEqual([1000, wrong[999], []]);
    expect(asked).toEqual([accountA, accountA]);
  });
});

describe('AdminService', () => {
  it('drains, shows what is left, and takes conferences again, for operators', async () => {
    const operations = { isOperator: () => true, reload: async () => err([]) };
    const served = await serveFake({ operations });
    const left = { draining: true, goingDown: false, calls: 4, conferences: 1 };
    const begun = await served.client.unary(drain, { withinSeconds: 60 });
    expect(served.lastArguments('drain')).toEqual([60_000]);
    expect(begun.drain).toMatchObject({
      ...left,
      deadline: { seconds: 1_712_255_595n },
      oldest: [{ accountSid: accountA, conferenceSid, friendlyName: 'Room 1234', participants: 3 }],
    });
    await served.client.unary(drain, {});
    expect(served.lastArguments('drain')).toEqual([null]);
    const shown = await served.client.unary(getDrain, {});
    expect(shown.drain).toMatchObject(left);
    expect(shown.drain?.deadline).toBeUndefined();
    await served.client.unary(undrain, {});
    expect(await refusalOf(served.client.unary(drain, { withinSeconds: 86_401 }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      violations: [{ field: 'within_seconds', description: 'at most 86400' }],
    });
    served.answers.undrain = () => err({ kind: 'going-down' });
    expect(await refusalOf(served.client.unary(undrain, {}))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'GOING_DOWN',
    });
  });

  it.each([drain, undrain, getDrain])('is drained by operators only: $name', async (method) => {
    const served = await serveFake({ operations: { isOperator: () => false, reload: async () => err([]) } });
    expect(await refusalOf(served.client.unary(method, {}))).toMatchObject({ reason: 'NOT_OPERATOR' });
  });

  it('shows the capacity', async () => {
    const served = await serveFake();
    expect(await served.client.unary(getCapacity, {})).toMatchObject({
      legs: 6,
      legsMax: 1000,
      legsFree: 900,
      conferences: 2,
      shards: 2,
      draining: false,
    });
  });

  it('shows every shard, counters by name and no histograms', async () => {
    const served = await serveFake();
    const { shards } = await served.client.unary(listShards, {});
    expect(shards.map(({ id }) => id)).toEqual([0, 1]);
    expect(shards[0]).toMatchObject({
      alive: true,
      legs: 3,
      legsMax: 500,
      rooms: 1,
      roomsMax: 200,
      lanes: 1,
      lanesMax: 100,
      tickLoad: 0.25,
      realtimeScheduling: true,
      cpuSeconds: 1.5,
      counters: { ticks: 42 },
    });
  });

  it('shows the statistics of a leg; a negative loss is none', async () => {
    const served = await serveFake();
    const statistics = await served.client.unary(getLegStatistics, { callSid: callSid('1') });
    expect(served.lastArguments('legStatistics')).toEqual([accountA, callSid('1')]);
    expect(statistics).toMatchObject({
      packetsReceived: 500n,
      packetsSent: 499n,
      packetsLost: 0n,
      packetsLate: 2n,
      packetsDuplicate: 3n,
      srtpAuthFailed: 5n,
      srtpReplayed: 6n,
      framesConcealed: 4n,
      jitterMs: 1.25,
      playoutDelayMs: 60,
      playout: {
        targetDelayMs: 60,
        clockDriftPpm: -12,
        gaps: 21n,
        gapsRestored: 22n,
        gapsFilled: 23n,
        guessesByCodec: 24n,
        guessesByPitch: 25n,
        guessesOfNoise: 37n,
        guessesFaded: 26n,
        starvations: 27n,
        spurtsAnchored: 28n,
        speechShortenedMs: 29.5,
        quietShortenedMs: 30.5,
        speechLengthenedMs: 31.5,
        quietLengthenedMs: 32.5,
        clocksFollowed: 33n,
        packetsOutrun: 34n,
        packetsLeftOut: 35n,
        restarts: 36n,
      },
      inputLevelDbov: -20,
      outputLevelDbov: -21,
      packetsOverflow: 9n,
      packetsRecovered: 3n,
      clientLevelDbov: -30,
      lossRatio: 0.01,
      burstRatio: 1.5,
      delayMs: 80,
      rFactor: 80,
      mos: 4.02,
      remoteLossRatio: 0.25,
      remotePacketsLost: 11n,
      speaking: true,
      noiseDbov: -62,
      speechLevelDbov: -24,
      gainDb: -2.5,
      framesHeard: 400n,
      framesSpeaking: 120n,
      framesClipped: 7n,
      framesLeftOut: 8n,
      levelHistogram: [...new Array<bigint>(13).fill(0n), 50n],
      remote: '192.0.2.1:4000',
    });
    expect(statistics.roundTripMs).toBeUndefined();
  });

  it('brackets an IPv6 address', async () => {
    const served = await serveFake();
    const happy = served.answers.legStatistics(accountA, callSid('1'));
    if (!happy.ok) throw new Error('the fake answers');
    served.answers.legStatistics = () =>
      ok({ ...happy.value, remote: { host: '2001:db8::1', port: 9 }, roundTripMs: 3 });
    const statistics = await served.client.unary(getLegStatistics, { callSid: callSid('1') });
    expect(statistics).toMatchObject({ remote: '[2001:db8::1]:9', roundTripMs: 3 });
  });
});

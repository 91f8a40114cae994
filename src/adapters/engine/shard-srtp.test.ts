import { describe, expect, it } from 'vitest';
import { EngineSide } from '../../../test/support/engine-side.js';
import { fakeClips, fakeRings, fakeSrtp, fakeUdp } from '../../../test/support/fake-threads.js';
import { countingRandom, recordingLogger } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Result } from '../../base/result.js';
import { codecs, directions } from '../../media/engine-layout.js';
import type { LegId, RtpMedia, ShardId } from '../../media/engine-port.js';
import { SrtpKey } from '../../media/srtp-key.js';
import { createArena } from './arena.js';
import { Clips } from './clips.js';
import { createRtpSockets } from './rtp-sockets.js';
import { Shard } from './shard.js';

const key = (byte: number): SrtpKey => new SrtpKey('AEAD_AES_128_GCM', new Uint8Array(28).fill(byte));
const media = (inbound: number): RtpMedia => ({
  transport: 'rtp',
  codec: 'pcmu',
  rateHz: 8000,
  channels: 1,
  payloadType: 0,
  alternatives: [],
  opus: null,
  ptimeMs: 20,
  telephoneEvents: null,
  companions: { redundancyPayloadType: null, comfortNoisePayloadType: null },
  headerExtensions: { clientLevelId: null, mixerLevelsId: null },
  remoteRtp: { host: '198.51.100.7', port: 4000 },
  remoteRtcp: null,
  rtcpMux: true,
  direction: 'sendrecv',
  parked: false,
  security: { kind: 'srtp', inbound: key(inbound), outbound: key(200), inboundKeyId: null },
  jitterMs: 40,
});

function value<T>(result: Result<T, unknown>): T {
  return result.ok ? result.value : expect.fail(`refused: ${JSON.stringify(result.error)}`);
}

function shardOf(sessionsMax = 10) {
  const srtp = fakeSrtp(sessionsMax);
  const udp = fakeUdp();
  const shard = new Shard({
    id: 0 as ShardId,
    arena: createArena({
      legsMax: 4,
      roomsMax: 2,
      lanesMax: 1,
      opusLegsMax: 1,
      playersMax: 3,
      recordersMax: 2,
      commandRecords: 8,
      eventRecords: 16,
    }),
    sockets: createRtpSockets(udp, '127.0.0.1', { first: 20_000, last: 20_099 }),
    srtp,
    clips: new Clips(fakeClips()),
    rings: fakeRings(),
    relatchMs: 0,
    advertisedHost: '192.0.2.1',
    speech: { startMs: 200, stopMs: 500 },
    ranking: { above: 64, talkersMax: 6 },
    clock: new VirtualClock(),
    random: countingRandom(),
    logger: recordingLogger(),
  });
  const engine = new EngineSide(shard.arena.bytes);
  const open = (inbound: number): LegId => {
    const leg = value(shard.reserveLeg(media(inbound))).id;
    value(shard.apply([{ kind: 'open-leg', leg, media: media(inbound) }]));
    return leg;
  };
  const update = (leg: LegId, next: RtpMedia) => shard.apply([{ kind: 'update-leg', leg, media: next }]);
  return { shard, engine, srtp, udp, open, update };
}

describe('a secured leg of a shard', () => {
  it('is opened with its session, and updated with another or the same', () => {
    const { engine, srtp, open, update } = shardOf();
    const leg = open(1);
    const [first] = srtp.held();
    expect(engine.takeCommands()[0]?.fields).toMatchObject({ srtp_session: first, direction: 0, parked: 0 });
    value(update(leg, { ...media(1), direction: 'sendonly', parked: true, codec: 'pcma', payloadType: 8 }));
    const [same] = engine.takeCommands();
    expect(same).toMatchObject({ kind: 'update_leg' });
    expect(same?.fields).toMatchObject({
      srtp_session: first,
      direction: directions.sendonly,
      parked: 1,
      codec: codecs.pcma,
      payload_type: 8,
    });
    value(update(leg, media(2)));
    const second = srtp.held().find((id) => id !== first);
    expect(engine.takeCommands()[0]?.fields).toMatchObject({ srtp_session: second });
  });

  it('gives up its sessions once the engine is done with them', () => {
    const { shard, engine, srtp, open, update } = shardOf();
    const leg = open(1);
    const [opened] = engine.takeCommands();
    if (opened === undefined) return expect.fail('a leg was opened');
    for (const inbound of [2, 3]) value(update(leg, media(inbound)));
    expect(srtp.held()).toHaveLength(3);
    const last = engine.takeCommands().at(-1);
    engine.publishEvent('batch_applied', { leg: 0, generation: 0 }, { batch: last?.sequence ?? 0 });
    shard.poll();
    expect(srtp.held()).toHaveLength(2);
    value(shard.apply([{ kind: 'close-leg', leg }]));
    expect(srtp.held()).toHaveLength(2);
    engine.publishEvent('leg_closed', opened);
    shard.poll();
    expect(srtp.held()).toEqual([]);
  });

  it('takes no session when it is refused, and none when its batch is', () => {
    const { shard, engine, srtp, udp, open, update } = shardOf(2);
    const leg = open(1);
    value(shard.reserveLeg(media(2)));
    const sockets = udp.open().length;
    expect(shard.reserveLeg(media(3))).toEqual({ ok: false, error: { kind: 'engine-full', what: 'srtp-sessions' } });
    expect(udp.open()).toHaveLength(sockets);
    expect(update(leg, media(4))).toEqual({ ok: false, error: { kind: 'engine-full', what: 'srtp-sessions' } });
    expect(engine.takeCommands()).toHaveLength(2);

    const other = shardOf();
    const busy = other.open(1);
    for (let round = 0; round < 6; round += 1) value(other.update(busy, { ...media(1), payloadType: round }));
    expect(other.update(busy, media(2))).toMatchObject({ error: { what: 'command-ring' } });
    expect(other.srtp.held()).toHaveLength(1);
    expect(srtp.held()).toHaveLength(2);
  });

  it('leaves no session behind when the engine is gone', () => {
    const { shard, srtp, open, update } = shardOf();
    value(update(open(1), media(2)));
    shard.bury();
    expect(srtp.held()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { fakeSrtp } from '../../../test/support/fake-threads.js';
import type { LegSecurity } from '../../media/engine-port.js';
import { SrtpKey } from '../../media/srtp-key.js';
import { type LegSrtp, openSrtp } from './srtp-sessions.js';

const key = (byte: number): SrtpKey => new SrtpKey('AES_CM_128_HMAC_SHA1_80', new Uint8Array(30).fill(byte));
const keyed = (inbound: number, outbound = 200): LegSecurity => ({
  kind: 'srtp',
  inbound: key(inbound),
  outbound: key(outbound),
  inboundKeyId: null,
});
const plain: LegSecurity = { kind: 'plain' };

function opened(sessions: ReturnType<typeof fakeSrtp>, security: LegSecurity): LegSrtp {
  return openSrtp(sessions, security) ?? expect.fail('there is a place');
}
const next = (srtp: LegSrtp, security: LegSecurity) => srtp.next(security) ?? expect.fail('there is a place');

describe('LegSrtp', () => {
  it('has no session while packets are plain', () => {
    const sessions = fakeSrtp();
    const srtp = opened(sessions, plain);
    expect(srtp.id()).toBe(0);
    expect(next(srtp, { kind: 'plain' }).id).toBe(0);
    srtp.close();
    expect(sessions.held()).toEqual([]);
  });

  it('hands over the keys by suite and leaves no copy', () => {
    const sessions = fakeSrtp();
    const srtp = opened(sessions, keyed(1));
    expect(sessions.made(srtp.id())).toEqual({ suite: 0, inbound: new Array(30).fill(1) });
    srtp.close();
    expect(sessions.held()).toEqual([]);
  });

  it('goes on with the session when the keys are the same, whoever wrote them', () => {
    const sessions = fakeSrtp();
    const srtp = opened(sessions, keyed(1));
    expect(next(srtp, keyed(1)).id).toBe(srtp.id());
    expect(next(srtp, keyed(1, 201)).id).not.toBe(srtp.id());
    const identified: LegSecurity = {
      kind: 'srtp',
      inbound: key(1),
      outbound: key(200),
      inboundKeyId: { value: 1, bytes: 2 },
    };
    expect(next(srtp, identified).id).not.toBe(srtp.id());
  });

  it('keeps the one before until the rekey after was applied', () => {
    const sessions = fakeSrtp();
    const srtp = opened(sessions, keyed(1));
    const [first, second, third] = [srtp.id(), next(srtp, keyed(2)), next(srtp, keyed(3))];
    srtp.goOver(second, 0xffff_fffe);
    srtp.applied(0xffff_fffe);
    expect(sessions.held()).toEqual([first, second.id, third.id]);
    srtp.goOver(third, 1);
    expect(srtp.applied(0)).toBe(false);
    expect(sessions.held()).toEqual([first, second.id, third.id]);
    expect(srtp.applied(1)).toBe(true);
    expect(sessions.held()).toEqual([second.id, third.id]);
    srtp.close();
    expect(sessions.held()).toEqual([]);
  });

  it('destroys nothing before the end once the engine refused a record', () => {
    const sessions = fakeSrtp();
    const srtp = opened(sessions, keyed(1));
    srtp.goOver(next(srtp, keyed(2)), 1);
    srtp.doubt();
    srtp.goOver(next(srtp, keyed(3)), 2);
    srtp.applied(2);
    expect(sessions.held()).toHaveLength(3);
    srtp.close();
    expect(sessions.held()).toEqual([]);
  });

  it('goes to another shard with the session in use alone, as often as that knows streams', () => {
    const sessions = fakeSrtp();
    const srtp = opened(sessions, keyed(1));
    srtp.goOver(next(srtp, keyed(2)), 1);
    srtp.doubt();
    for (let moves = 0; moves < 31; moves += 1) {
      expect(srtp.mayMove()).toBe(true);
      srtp.move();
    }
    expect(sessions.held()).toEqual([srtp.id()]);
    expect(sessions.offered).toEqual(Array(31).fill(srtp.id()));
    expect(srtp.mayMove()).toBe(false);
    srtp.goOver(next(srtp, keyed(3)), 1);
    expect(srtp.mayMove()).toBe(true);
    const plain = opened(sessions, { kind: 'plain' });
    for (let moves = 0; moves < 100; moves += 1) plain.move();
    expect(plain.mayMove()).toBe(true);
  });

  it('drops what the engine never heard of, and says when there is no place', () => {
    const sessions = fakeSrtp(2);
    const srtp = opened(sessions, keyed(1));
    const dropped = next(srtp, keyed(2));
    expect(srtp.next(keyed(3))).toBeNull();
    expect(openSrtp(sessions, keyed(4))).toBeNull();
    srtp.drop(dropped);
    srtp.drop(next(srtp, keyed(1)));
    expect(sessions.held()).toEqual([srtp.id()]);
  });
});

import { describe, expect, it } from 'vitest';
import { addressBytes, bytesAddress } from './addresses.js';

describe('addressBytes', () => {
  it('puts IPv4 into the first four bytes', () => {
    const address = addressBytes('192.0.2.17');
    expect(address?.family).toBe(4);
    expect([...(address?.bytes ?? [])]).toEqual([192, 0, 2, 17, ...new Array(12).fill(0)]);
  });

  it.each([
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ])('writes %s in network byte order', (host, hex) => {
    const address = addressBytes(host);
    expect(address?.family).toBe(6);
    expect(Buffer.from(address?.bytes ?? []).toString('hex')).toBe(hex);
  });

  it.each(['example.org', '', '1.2.3', '1.2.3.4.5', 'fe80::1%eth0', '::g'])('knows that "%s" is no address', (host) => {
    expect(addressBytes(host)).toBeNull();
  });
});

describe('bytesAddress', () => {
  it.each(['192.0.2.17', '2001:db8::1', '::1', '1:2:3:4:5:6:7:8'])('reads back %s', (host) => {
    const address = addressBytes(host);
    expect(address && bytesAddress(address.family, address.bytes)).toBe(host);
  });
});

import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFamily, isShared, isUnspecified } from './address.js';

describe('addressFamily', () => {
  it.each([
    '192.0.2.1',
    '255.255.255.255',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '::',
    '::1',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1::2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:192.0.2.1',
    '1:2:3:4:5:6:7:192.0.2.1',
    '1.2.3.4::',
    '1:::2',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '12345::',
    'g::',
    '',
    'host.example',
  ])('judges %j as the platform does', (host) => {
    expect(addressFamily(host)).toBe(isIPv4(host) ? 4 : isIPv6(host) ? 6 : null);
  });

  it('judges made-up addresses as the platform does', () => {
    const piece = fc.constantFrom('0', '1', 'ff', 'dead', '255', '256', ':', '::', '.', '192.0.2.1', 'x', '');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          fc.array(piece, { maxLength: 16 }).map((p) => p.join('')),
        ),
        (host) => {
          expect(addressFamily(host)).toBe(isIPv4(host) ? 4 : isIPv6(host) ? 6 : null);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('refuses a zone', () => {
    expect(addressFamily('fe80::1%eth0')).toBeNull();
  });
});

describe('isUnspecified', () => {
  it.each(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::0.0.0.0'])('is true of %s', (host) =>
    expect(isUnspecified(host)).toBe(true),
  );
  it.each(['10.0.0.0', '::1'])('is false of %s', (host) => expect(isUnspecified(host)).toBe(false));
});

describe('isShared', () => {
  it.each(['224.2.1.1', '239.255.0.1', '255.255.255.255', 'FF02::1', '::ffff:224.0.0.1', '::ffff:e000:1'])(
    'is true of %s',
    (host) => expect(isShared(host)).toBe(true),
  );
  it.each(['223.255.255.255', '127.0.0.1', 'fe80::1', '::ff02', '::ffff:192.0.2.1'])('is false of %s', (host) =>
    expect(isShared(host)).toBe(false),
  );
});

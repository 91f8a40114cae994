import { describe, expect, it } from 'vitest';
import { type AddressRange, createEgressPolicy, parseAddressRange } from './egress.js';

const range = (text: string): AddressRange => {
  const parsed = parseAddressRange(text);
  if (parsed === null) throw new Error(`did not parse: ${text}`);
  return parsed;
};

describe('createEgressPolicy', () => {
  const strict = createEgressPolicy([]);

  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'lets %s be reached',
    (address) => {
      expect(strict(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'ff02::1',
    'localhost',
    '',
  ])('refuses %j', (address) => {
    expect(strict(address)).toBe(false);
  });

  it('lets ranges be reached that were allowed, and nothing beside them', () => {
    const policy = createEgressPolicy([range('10.1.0.0/16'), range('::1/128')]);
    expect(['10.1.255.1', '::1', '8.8.8.8', '10.2.0.1', '127.0.0.1', 'fc00::1'].map(policy)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('parseAddressRange', () => {
  it.each(['127.0.0.0/8', '::/0', '2001:db8::/128', '1.2.3.4/32'])('takes %s', (text) => {
    expect(parseAddressRange(text)).not.toBeNull();
  });

  it.each(['', '127.0.0.1', '127.0.0.0/33', '::/129', 'host/8', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/8/8'])(
    'refuses %j',
    (text) => {
      expect(parseAddressRange(text)).toBeNull();
    },
  );
});

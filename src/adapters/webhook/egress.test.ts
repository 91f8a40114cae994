import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { parseWebhookUrl } from '../../callbacks/url.js';
import {
  type AddressRange,
  createEgressPolicy,
  createWebRules,
  parseAddressRange,
  parseHostRule,
  parsePorts,
} from './egress.js';

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
    '2001:0:7f00:1::1',
    'fec0::1',
    '3fff::1',
    '5f00::1',
    '192.88.99.1',
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

describe('createWebRules', () => {
  const ports = parsePorts('80,443,8000-8999') ?? [];
  const rulesFor = (hosts: readonly string[] | null) => {
    const rules = createWebRules({ ports, hostsOf: () => hosts });
    return (text: string): string | null => {
      const url = parseWebhookUrl(text);
      return url === null ? 'no URL' : rules(accountSidOf('acc'), url);
    };
  };

  it.each(['http://a.test/', 'https://a.test', 'https://a.test:8999/x', 'http://[2001:db8::1]/', 'http://[::1]:8000/'])(
    'lets %s be requested',
    (url) => {
      expect(rulesFor(null)(url)).toBeNull();
    },
  );

  it.each([
    ['http://a.test:22/', 'port 22 is not among those allowed'],
    ['https://a.test:0/', 'port 0 is not among those allowed'],
    ['http://[::1]:9000/', 'port 9000 is not among those allowed'],
  ])('says of %s that %s', (url, rule) => {
    expect(rulesFor(null)(url)).toBe(rule);
  });

  it('lets an account go to its hosts alone', () => {
    const rule = rulesFor(['hooks.acme.test', '*.apps.test', '192.0.2.7', '::1']);
    const allowed = ['http://HOOKS.acme.test/', 'http://a.b.apps.test/', 'http://192.0.2.7:8000/', 'https://[::1]/'];
    expect(allowed.map(rule)).toEqual([null, null, null, null]);
    expect(rule('http://acme.test/')).toBe('host acme.test is not among those of the account');
    const others = ['http://apps.test/', 'http://xapps.test/', 'http://192.0.2.8/', 'http://a.hooks.acme.test/'];
    expect(others.map(rule)).not.toContain(null);
    expect(rulesFor([])('http://a.test/')).not.toBeNull();
  });
});

describe('parsePorts', () => {
  it('takes ports and ranges of them', () => {
    expect(parsePorts('443, 8000-8001')).toEqual([
      { first: 443, last: 443 },
      { first: 8000, last: 8001 },
    ]);
  });

  it.each(['', '0', '65536', '2-1', '80,', 'http', '80-'])('refuses %j', (text) => {
    expect(parsePorts(text)).toBeNull();
  });
});

describe('parseHostRule', () => {
  it.each(['a.test', '*.A.test', '192.0.2.1', '::1', 'localhost'])('takes %s', (text) => {
    expect(parseHostRule(text)).toBe(text.toLowerCase());
  });

  it.each(['', '*', '*.', 'a.*.test', 'http://a.test', 'a.test:80', 'a..test'])('refuses %j', (text) => {
    expect(parseHostRule(text)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../test/support/callers.js';
import { flavours } from '../base/flavour.js';
import { type ConfiguredAccount, developmentAccount } from './account.js';
import { accountsOf } from './accounts.js';

const account = (
  name: string,
  tokens: readonly string[],
  wishes: Partial<ConfiguredAccount> = {},
): ConfiguredAccount => ({
  sid: accountSidOf(name),
  name,
  tokens,
  signingKeys: [`${name}-key`, 'older-key'],
  flavour: 'signalwire',
  ...wishes,
});

describe('accountsOf', () => {
  it('opens an account by any of its tokens, and nothing without one', () => {
    const accounts = accountsOf([account('a', ['token-a1', 'token-a2']), account('b', ['token-b'])]);
    expect(accounts.opened('token-a1')).toBe(accountSidOf('a'));
    expect(accounts.opened('token-a2')).toBe(accountSidOf('a'));
    expect(accounts.opened('token-b')).toBe(accountSidOf('b'));
    expect([accounts.opened('token-c'), accounts.opened(''), accounts.opened(null)]).toEqual([null, null, null]);
  });

  it('lets everybody into the one account that asks for no token', () => {
    const { opened } = accountsOf([developmentAccount]);
    expect([opened(null), opened('whatever')]).toEqual([developmentAccount.sid, developmentAccount.sid]);
  });

  it('opens an account by the names in a certificate, unless they would open two', () => {
    const accounts = accountsOf([
      account('a', [], { certificateSubjects: [{ CN: 'platform', O: 'Acme' }, { CN: 'spare' }] }),
      account('b', ['token-b'], { certificateSubjects: [{ OU: 'b' }] }),
    ]);
    const { openedBySubject } = accounts;
    expect(openedBySubject({ CN: 'platform', O: 'Acme', C: 'DE' })).toBe(accountSidOf('a'));
    expect(openedBySubject({ CN: 'spare' })).toBe(accountSidOf('a'));
    expect(openedBySubject({ CN: 'x', OU: ['a', 'b'] })).toBe(accountSidOf('b'));
    for (const subject of [{ CN: 'platform' }, { CN: 'platform', O: 'Other' }, {}, { CN: 'spare', OU: 'b' }]) {
      expect(openedBySubject(subject)).toBeNull();
    }
    // It is not one that anybody may use.
    expect(accounts.opened(null)).toBeNull();
  });

  it('are replaced in one step: a token that is gone opens nothing, what is left goes on as it was', () => {
    const accounts = accountsOf([
      account('a', ['token-a', 'old-token-a'], { flavour: 'twilio', operator: true }),
      account('b', ['token-b'], { mayRecord: false }),
    ]);
    accounts.replace([account('a', ['token-a', 'new-token-a']), account('c', ['token-c'])]);
    const { opened } = accounts;
    expect(['token-a', 'new-token-a', 'token-c'].map(opened)).toEqual(['a', 'a', 'c'].map(accountSidOf));
    expect(['old-token-a', 'token-b'].map(opened)).toEqual([null, null]);
    expect(accounts.isOperator(accountSidOf('a'))).toBe(false);
    expect(accounts.flavourOf(accountSidOf('a')).sidStyle).toBe('uuid');
    // Its conferences go on, with the keys it had last.
    expect(accounts.signingKeysOf(accountSidOf('b'))).toEqual(['b-key', 'older-key']);
    expect(accounts.mayRecord(accountSidOf('b'))).toBe(false);
    accounts.replace([account('b', ['token-b2'])]);
    expect(accounts.opened('token-b2')).toBe(accountSidOf('b'));
    expect(accounts.mayRecord(accountSidOf('b'))).toBe(true);
  });

  it('signs with the first key and speaks the flavour of the account', () => {
    const accounts = accountsOf([account('a', ['t'], { flavour: 'twilio' }), account('b', ['u'])]);
    expect(accounts.signingKeysOf(accountSidOf('a'))).toEqual(['a-key', 'older-key']);
    expect(accounts.flavourOf(accountSidOf('a')).sidStyle).toBe('prefixed');
    expect(accounts.flavourOf(accountSidOf('b')).sidStyle).toBe('uuid');
    expect(accounts.signingKeysOf(accountSidOf('c'))).toEqual([]);
    expect(accounts.flavourOf(accountSidOf('c'))).toBe(flavours.signalwire);
  });

  it('says what webhooks of an account may do; of one that is not configured, what the daemon may', () => {
    const own = { webhookHosts: ['a.test'], callbackHorizonHours: 0, apiRequestsPerSecond: 5 };
    const accounts = accountsOf([account('a', ['t'], own), account('b', ['u'])]);
    expect(accounts.webhookHostsOf(accountSidOf('a'))).toEqual(['a.test']);
    expect(accounts.callbackHorizonHoursOf(accountSidOf('a'))).toBe(0);
    expect(accounts.limitsOf(accountSidOf('a')).apiRequestsPerSecond).toBe(5);
    for (const name of ['b', 'c']) {
      expect(accounts.webhookHostsOf(accountSidOf(name))).toBeNull();
      expect(accounts.callbackHorizonHoursOf(accountSidOf(name))).toBeNull();
      expect(accounts.limitsOf(accountSidOf(name)).apiRequestsPerSecond).toBeUndefined();
    }
  });
});

import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, join } from '../../../test/support/callers.js';
import { epochMs } from '../../base/brands.js';
import { flavours } from '../../base/flavour.js';
import { noWishes } from './call-wishes.js';
import { initiated, type Origination } from './origination.js';
import { type Order, Originators } from './originators.js';

const accountSid = accountSidOf('acc');

function originationOf(name: string): Origination {
  const { kind: _, newConferenceSid: __, callSid: ___, call, ...conference } = join('A');
  const request = {
    ...{ accountSid, callSid: callSidOf(name), conferenceSid: conferenceSidOf('c'), call, conference },
    ...{ jitterBufferSize: null, callerId: null, earlyMedia: true, timeoutSeconds: 30, statusCallback: null },
    wishes: noWishes,
  };
  return initiated(request, epochMs(0), flavours.signalwire).origination;
}

function script(hasUrl = true) {
  const told: string[] = [];
  const by =
    (who: string) =>
    ({ kind }: Order): boolean => {
      told.push(`${who} ${kind}`);
      return true;
    };
  const originators = new Originators(hasUrl ? by('url') : () => false);
  return { told, originators, stream: (who: string) => originators.add(accountSid, by(who), () => {}) };
}

describe('Originators', () => {
  it('ask the URL while nobody is subscribed, and give what it was asked for to nobody else', () => {
    const { told, originators, stream } = script();
    const [first, second] = [originationOf('A'), originationOf('B')];
    expect(originators.give(first)).toBe(true);
    stream('one');
    expect(originators.isGiven(first.callSid)).toBe(true);
    originators.give(second);
    originators.withdraw(first, 'no-answer');
    originators.withdraw(second, 'canceled');
    expect(told).toEqual(['url originate', 'one originate', 'url withdraw', 'one withdraw']);
  });

  it('tell nobody that a call is not wanted where nobody was asked for it', () => {
    const { told, originators, stream } = script(false);
    const origination = originationOf('A');
    expect([originators.give(origination), originators.isGiven(origination.callSid)]).toEqual([false, false]);
    stream('one');
    originators.withdraw(origination, 'canceled');
    expect(told).toEqual([]);
  });

  it('tell whoever gave it back nothing more of it', () => {
    const { told, originators } = script();
    const origination = originationOf('A');
    originators.give(origination);
    originators.forget(origination.callSid);
    originators.withdraw(origination, 'failed');
    expect(told).toEqual(['url originate']);
  });
});

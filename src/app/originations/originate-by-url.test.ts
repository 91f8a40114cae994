import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, join } from '../../../test/support/callers.js';
import { countingRandom, recordingLogger } from '../../../test/support/silent.js';
import { settled } from '../../../test/support/virtual-clock.js';
import { epochMs } from '../../base/brands.js';
import { flavours } from '../../base/flavour.js';
import type { Callback, WebhookOutcome } from '../../callbacks/webhook.js';
import { noWishes } from './call-wishes.js';
import { originateByUrl } from './originate-by-url.js';
import { initiated, type Origination } from './origination.js';

const [account, other] = [accountSidOf('acc'), accountSidOf('other')];

function originationOf(accountSid = account, wishes = noWishes): Origination {
  const { kind: _, newConferenceSid: __, callSid: ___, call, ...dial } = join('A', { label: 'guest' });
  const facts = { ...call, from: '+15550100001', to: '+15550100002', direction: 'outbound-api' } as const;
  const request = {
    ...{ accountSid, callSid: callSidOf('A'), conferenceSid: conferenceSidOf('c'), call: facts, conference: dial },
    ...{
      jitterBufferSize: null,
      callerId: '+15550100009',
      earlyMedia: false,
      timeoutSeconds: 30,
      statusCallback: null,
      wishes,
    },
  };
  return initiated(request, epochMs(0), flavours.signalwire).origination;
}

function script(outcome: WebhookOutcome) {
  const sent: Callback[] = [];
  const refused: Origination[] = [];
  const byUrl = originateByUrl({
    webhooks: {
      send: async (callback) => {
        sent.push(callback);
        return outcome;
      },
    },
    random: countingRandom(),
    logger: recordingLogger(),
    urlOf: (accountSid) => (accountSid === account ? 'https://calls.example/originate' : null),
    flavourOf: () => flavours.twilio,
    onRefused: (origination) => refused.push(origination),
  });
  return { sent, refused, byUrl };
}

const taken: WebhookOutcome = { kind: 'answered', status: 204, tookMs: 1 };

describe('originateByUrl', () => {
  it('says which trace that is of', async () => {
    const { sent, byUrl } = script(taken);
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };
    byUrl({ kind: 'originate', origination: originationOf(), trace });
    byUrl({ kind: 'originate', origination: originationOf() });
    await settled();
    expect(sent[0]?.traceparent).toBe(`00-${trace.traceId}-${trace.spanId}-01`);
    expect(sent[1]?.traceparent).not.toContain(trace.traceId);
  });

  it('asks the URL of the account for a call, and tells it when that is not wanted any more', async () => {
    const { sent, refused, byUrl } = script(taken);
    const origination = originationOf();
    expect(byUrl({ kind: 'originate', origination })).toBe(true);
    expect(byUrl({ kind: 'withdraw', origination, outcome: 'no-answer' })).toBe(true);
    await settled();
    expect(sent.map(({ id, target }) => [id, target.url])).toEqual([
      [`${callSidOf('A')}-originate`, 'https://calls.example/originate'],
      [`${callSidOf('A')}-withdraw`, 'https://calls.example/originate'],
    ]);
    expect(Object.fromEntries(sent[0]?.parameters ?? [])).toEqual({
      AccountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      ApiVersion: '2010-04-01',
      CallSid: expect.stringMatching(/^CA[0-9a-f]{32}$/),
      CallerId: '+15550100009',
      ConferenceSid: expect.stringMatching(/^CF[0-9a-f]{32}$/),
      Direction: 'outbound-api',
      EarlyMedia: 'false',
      FriendlyName: origination.conference.room,
      From: '+15550100001',
      Label: 'guest',
      OriginationEvent: 'originate',
      Timeout: '30',
      To: '+15550100002',
    });
    expect(sent[1]?.parameters.get('CallStatus')).toBe('no-answer');
    expect(refused).toEqual([]);
  });

  it('asks for what the application wished, by the names it used, and not when it takes that back', () => {
    const { sent, byUrl } = script(taken);
    const detection = { mode: 'enable', timeoutSeconds: 30, speechThresholdMs: 2400, callback: null } as const;
    const origination = originationOf(account, {
      ...{ ...noWishes, sipAuthUsername: 'agent', clientNotificationUrl: 'https://app.example/push' },
      machineDetection: { ...detection, speechEndThresholdMs: 1200, silenceTimeoutMs: 5000 },
    });
    byUrl({ kind: 'originate', origination });
    byUrl({ kind: 'withdraw', origination, outcome: 'canceled' });
    expect(Object.fromEntries(sent[0]?.parameters ?? [])).toMatchObject({
      ...{ SipAuthUsername: 'agent', ClientNotificationUrl: 'https://app.example/push', MachineDetection: 'Enable' },
      ...{ MachineDetectionTimeout: '30', MachineDetectionSpeechThreshold: '2400' },
      ...{ MachineDetectionSpeechEndThreshold: '1200', MachineDetectionSilenceTimeout: '5000' },
    });
    expect(sent[0]?.parameters.has('SipAuthPassword')).toBe(false);
    expect(sent[1]?.parameters.has('SipAuthUsername')).toBe(false);
  });

  it('asks nobody where the account has no URL', () => {
    const { sent, byUrl } = script(taken);
    expect(byUrl({ kind: 'originate', origination: originationOf(other) })).toBe(false);
    expect(sent).toEqual([]);
  });

  it.each<WebhookOutcome>([
    { kind: 'answered', status: 503, tookMs: 1 },
    { kind: 'failed', reason: 'connect', tookMs: 1 },
  ])('says that nobody makes it after %o', async (outcome) => {
    const { refused, byUrl } = script(outcome);
    const origination = originationOf();
    byUrl({ kind: 'originate', origination });
    byUrl({ kind: 'withdraw', origination, outcome: 'canceled' });
    await settled();
    expect(refused).toEqual([origination]);
  });
});

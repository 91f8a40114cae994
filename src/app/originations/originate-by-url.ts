/**
 * The originator of an account that has none but a URL: asked by a signed request to make a call, and told when nobody
 * waits for it any more. It says how far the call is over gRPC. Nothing here is kept for later: a call that cannot be
 * asked for now fails now.
 */
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Logger, Random } from '../../base/ports.js';
import { formatSid } from '../../base/sids.js';
import { newTrace, traceparentOf } from '../../base/trace.js';
import { apiVersion } from '../../callbacks/status-parameters.js';
import type { Parameters, WebhookOutcome } from '../../callbacks/webhook.js';
import type { Webhooks } from '../ports.js';
import { type CallWishes, wishTextNames, wishTexts } from './call-wishes.js';
import type { Origination } from './origination.js';
import type { Order } from './originators.js';

export type OriginateByUrlParts = {
  readonly webhooks: Webhooks;
  readonly random: Random;
  readonly logger: Logger;
  readonly urlOf: (accountSid: AccountSid) => string | null;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  /** It will not be made. */
  readonly onRefused: (origination: Origination) => void;
};

/** False when the account has no URL. */
export const originateByUrl =
  ({ webhooks, random, logger, urlOf, flavourOf, onRefused }: OriginateByUrlParts) =>
  (order: Order): boolean => {
    const { accountSid, callSid, conferenceSid } = order.origination;
    const url = urlOf(accountSid);
    if (url === null) return false;
    const request = {
      ...{ id: `${callSid}-${order.kind}`, accountSid, callSid, conferenceSid },
      target: { url, method: 'POST' } as const,
      parameters: parametersOf(order, flavourOf(accountSid)),
      traceparent: traceparentOf(order.trace ?? newTrace(random), random),
    };
    void webhooks.send(request).then((outcome) => {
      if (isTaken(outcome)) return;
      logger.warn('origination-not-taken', { accountSid, callSid, order: order.kind, outcome });
      if (order.kind === 'originate') onRefused(order.origination);
    });
    return true;
  };

const isTaken = (outcome: WebhookOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;

/** Names in alphabetical order, none twice. */
function parametersOf(order: Order, { sidStyle }: Flavour): Parameters {
  const { accountSid, callSid, conferenceSid, call, conference, callerId, earlyMedia, timeoutSeconds } =
    order.origination;
  const fields = {
    AccountSid: formatSid('account', accountSid, sidStyle),
    ApiVersion: apiVersion,
    CallSid: formatSid('call', callSid, sidStyle),
    ConferenceSid: formatSid('conference', conferenceSid, sidStyle),
    Direction: call.direction,
    EarlyMedia: String(earlyMedia),
    FriendlyName: conference.room,
    From: call.from,
    OriginationEvent: order.kind,
    Timeout: String(timeoutSeconds),
    To: call.to,
    ...(callerId === null ? {} : { CallerId: callerId }),
    ...(conference.label === null ? {} : { Label: conference.label }),
    ...(order.kind === 'withdraw' ? { CallStatus: order.outcome } : wishFields(order.origination.wishes)),
  };
  return new Map(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** By the names that the application used. */
function wishFields(wishes: CallWishes): Readonly<Record<string, string>> {
  const { machineDetection: detection, clientNotificationUrl: url } = wishes;
  const texts = wishTextNames.flatMap((name) => {
    const text = wishes[name];
    return text === null ? [] : [[wishTexts[name].name, text] as const];
  });
  return {
    ...Object.fromEntries(texts),
    ...(url === null ? {} : { ClientNotificationUrl: url }),
    ...(detection === null
      ? {}
      : {
          MachineDetection: detection.mode === 'enable' ? 'Enable' : 'DetectMessageEnd',
          MachineDetectionSilenceTimeout: String(detection.silenceTimeoutMs),
          MachineDetectionSpeechEndThreshold: String(detection.speechEndThresholdMs),
          MachineDetectionSpeechThreshold: String(detection.speechThresholdMs),
          MachineDetectionTimeout: String(detection.timeoutSeconds),
        }),
  };
}

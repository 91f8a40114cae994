/** What is the platform's to do with a call that it makes, by the names of one vendor (CONTRACT §7.4, Create). */
import { type CallWishes, machineDetectionBounds, wishTexts } from '../../app/originations/call-wishes.js';
import { choice, httpMethod, type ReadParameters, text, webUrl, wholeNumber } from './parameters.js';

const { timeoutSeconds, speechThresholdMs, speechEndThresholdMs, silenceTimeoutMs } = machineDetectionBounds;

type Bound = { readonly min: number; readonly max: number; readonly default: number };

const within = (what: string, { min, max, default: unsaid }: Bound) =>
  wholeNumber([min, max], `${what}; ${unsaid} unless said.`);

const textOf = ({ charactersMax }: { readonly charactersMax: number }, description: string) =>
  text(`${description} For the platform.`, charactersMax);

export const wishParameters = {
  MachineDetection: choice(
    ['Enable', 'DetectMessageEnd'],
    'The platform is to find out who answers: at once, or after the message of a machine.',
  ),
  MachineDetectionTimeout: within('Seconds after which that is given up', timeoutSeconds),
  MachineDetectionSpeechThreshold: within("Milliseconds; longer speech is a machine's", speechThresholdMs),
  MachineDetectionSpeechEndThreshold: within('Milliseconds of silence that end a speech', speechEndThresholdMs),
  MachineDetectionSilenceTimeout: within('Milliseconds of silence after which it is unknown', silenceTimeoutMs),
  AmdStatusCallback: webUrl('Told who answered, once the platform has found out.'),
  AmdStatusCallbackMethod: httpMethod('POST unless said.'),
  SipAuthUsername: textOf(wishTexts.sipAuthUsername, 'To authenticate a SIP call with.'),
  SipAuthPassword: textOf(wishTexts.sipAuthPassword, 'The same; neither logged nor stored.'),
  CallReason: textOf(wishTexts.callReason, 'Why the party is called, for it to see.'),
  CallerDisplayName: textOf(wishTexts.callerDisplayName, 'Display name of the caller in a SIP call.'),
  Byoc: textOf(wishTexts.byoc, 'The trunk to call over.'),
  CallToken: textOf(wishTexts.callToken, 'Of a call that is forwarded.'),
  ClientNotificationUrl: webUrl('Delivers push notifications to a client. For the platform.'),
};

export function wishesOf(said: ReadParameters<typeof wishParameters>): CallWishes {
  return {
    machineDetection: detectionOf(said),
    sipAuthUsername: said.SipAuthUsername ?? null,
    sipAuthPassword: said.SipAuthPassword ?? null,
    callReason: said.CallReason ?? null,
    callerDisplayName: said.CallerDisplayName ?? null,
    byoc: said.Byoc ?? null,
    callToken: said.CallToken ?? null,
    clientNotificationUrl: said.ClientNotificationUrl ?? null,
  };
}

/** The rest says nothing where nobody is to find out. */
function detectionOf(said: ReadParameters<typeof wishParameters>): CallWishes['machineDetection'] {
  const { MachineDetection: asked, AmdStatusCallback: url, AmdStatusCallbackMethod: method = 'POST' } = said;
  if (asked === undefined) return null;
  return {
    mode: asked === 'Enable' ? 'enable' : 'detect-message-end',
    timeoutSeconds: said.MachineDetectionTimeout ?? timeoutSeconds.default,
    speechThresholdMs: said.MachineDetectionSpeechThreshold ?? speechThresholdMs.default,
    speechEndThresholdMs: said.MachineDetectionSpeechEndThreshold ?? speechEndThresholdMs.default,
    silenceTimeoutMs: said.MachineDetectionSilenceTimeout ?? silenceTimeoutMs.default,
    callback: url === undefined ? null : { url, method },
  };
}

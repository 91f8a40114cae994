/**
 * Every attribute of `<Dial>` that means something around a conference (CONTRACT §2.1); `timeout`, `callerId`,
 * `callerName`, `answerOnBridge` and `ringTone` are ignored as unknown ones are. Those of recording are the leg's own.
 */
import { recordingEvents } from '../base/flavour.js';
import { choice, flag, integer, method, tokens, url, type ValuesOf } from './attribute-rule.js';

/** Seconds. */
export const timeLimitSecondsDefault = 14_400;
/** That of the wire; longer than any call. */
const timeLimitSecondsMax = 2_147_483_647;

export const dialAttributes = {
  action: url({ code: 13210, level: 'error' }),
  method: method({ code: 13210 }),
  hangupOnStar: flag(false, { code: 13213 }),
  timeLimit: integer([1, timeLimitSecondsMax], timeLimitSecondsDefault, { code: 13216 }),
  record: choice(
    {
      'do-not-record': 'do-not-record',
      'record-from-answer': 'record-from-answer',
      'record-from-ringing': 'record-from-ringing',
      'record-from-answer-dual': 'record-from-answer-dual',
      'record-from-ringing-dual': 'record-from-ringing-dual',
      // Builders of old emit these.
      true: 'record-from-answer',
      false: 'do-not-record',
    },
    'do-not-record',
    { code: 13217 },
  ),
  trim: choice({ 'do-not-trim': 'do-not-trim', 'trim-silence': 'trim-silence' }, 'do-not-trim', { code: 13699 }),
  recordingTrack: choice({ both: 'both', inbound: 'inbound', outbound: 'outbound' }, 'both', { code: 13217 }),
  recordingStatusCallback: url({ code: 13256 }),
  recordingStatusCallbackMethod: method({ code: 13221 }),
  recordingStatusCallbackEvent: tokens(recordingEvents, { code: 13621, level: 'error' }),
  recordingStorageUrl: url({ code: 13256 }),
  recordingStorageUrlMethod: choice({ POST: 'POST', PUT: 'PUT' }, 'POST', { code: 13221 }),
};

export type DialAttributes = ValuesOf<typeof dialAttributes>;

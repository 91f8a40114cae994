/** CONTRACT §1.2 and §2.1, attribute by attribute: each row is a text, what it means, and what is said about it. */
import { describe, expect, it } from 'vitest';
import { conferenceDocument, findingsOf, firstDial, firstNoun } from '../../test/support/documents.js';
import { conferenceAttributes } from './conference-attributes.js';
import type { dialAttributes } from './dial-attributes.js';

/** `null` for what is fine: else the code, and `error` when the dictionary ranks it so. */
type Row = readonly [text: string, value: unknown, trouble: string | null];

const flagRows = (fallback: boolean, trouble: string): readonly Row[] => [
  ['true', true, null],
  ['false', false, null],
  ['True', true, null],
  ['FALSE', false, null],
  [' true ', true, null],
  ['yes', fallback, trouble],
  ['1', fallback, trouble],
  ['', fallback, trouble],
];
const methodRows = (trouble: string): readonly Row[] => [
  ['GET', 'GET', null],
  ['POST', 'POST', null],
  ['get', 'GET', null],
  ['PUT', 'POST', trouble],
  ['', 'POST', trouble],
];
const urlRows = (trouble: string): readonly Row[] => [
  ['https://u:p@e.example/a?b=1#rt=100', 'https://u:p@e.example/a?b=1#rt=100', null],
  ['/relative', 'https://app.example/relative', null],
  ['', null, null],
  ['ftp://e.example/', null, trouble],
  ['http://', null, trouble],
  ['http://e.example/'.padEnd(4097, 'x'), null, trouble],
];
const recordingEventRows: readonly Row[] = [
  ['in-progress completed failed absent', ['in-progress', 'completed', 'failed', 'absent'], null],
  ['completed', ['completed'], null],
  ['complete', [], '13621 error'],
];

const ofConference: Readonly<Record<keyof typeof conferenceAttributes, readonly Row[]>> = {
  muted: flagRows(false, '13230 warning'),
  beep: [
    ['true', 'true', null],
    ['false', 'false', null],
    ['onEnter', 'on-enter', null],
    ['onExit', 'on-exit', null],
    ['True', 'true', null],
    ['loud', 'true', '13235 warning'],
    ['', 'true', '13235 warning'],
  ],
  startConferenceOnEnter: flagRows(true, '13232 warning'),
  endConferenceOnExit: flagRows(false, '13231 error'),
  waitUrl: [...urlRows('13233 warning').filter(([text]) => text !== ''), ['', '', null], [' ', '', null]],
  waitMethod: methodRows('13234 warning'),
  maxParticipants: [
    ['1', 1, null],
    ['100000', 100_000, null],
    [' 40 ', 40, null],
    ['0', null, '16002 error'],
    ['100001', null, '16002 error'],
    ['-1', null, '16002 error'],
    ['2.5', null, '16002 error'],
    ['1e3', null, '16002 error'],
    ['many', null, '16002 error'],
    ['', null, '16002 error'],
  ],
  record: [
    ['do-not-record', 'do-not-record', null],
    ['record-from-start', 'record-from-start', null],
    ['maybe', null, '13217 warning'],
  ],
  trim: [
    ['trim-silence', 'trim-silence', null],
    ['do-not-trim', 'do-not-trim', null],
    ['true', 'trim-silence', null],
    ['false', 'do-not-trim', null],
    ['x', null, '13239 error'],
  ],
  coach: [
    ['CA0123456789abcdef0123456789abcdef', '01234567-89ab-cdef-0123-456789abcdef', null],
    ['01234567-89AB-cdef-0123-456789abcdef', '01234567-89ab-cdef-0123-456789abcdef', null],
    ['', null, null],
    ['nobody', null, '13240 error'],
  ],
  statusCallback: urlRows('16002 error'),
  statusCallbackEvent: [
    ['start end join leave mute hold modify speaker announcement', 'all', null],
    ['join,leave  join', ['join', 'leave'], null],
    ['', [], null],
    ['join dtmf', ['join'], '16002 error'],
    ['Start', [], '16002 error'],
  ],
  statusCallbackMethod: methodRows('13221 warning'),
  recordingStatusCallback: urlRows('13256 warning'),
  recordingStatusCallbackMethod: methodRows('13221 warning'),
  recordingStatusCallbackEvent: recordingEventRows,
  eventCallbackUrl: urlRows('16002 error'),
  region: [
    ['us1', 'us1', null],
    [' global ', 'global', null],
    ['', null, null],
    ['x'.repeat(64), 'x'.repeat(64), null],
    ['x'.repeat(65), null, '16002 error'],
  ],
  participantLabel: [
    ['agent 7', 'agent 7', null],
    ['x'.repeat(128), 'x'.repeat(128), null],
    ['', null, '16023 error'],
    ['x'.repeat(129), null, '16023 error'],
    ['a/b', null, '16024 error'],
    ['CA0123456789abcdef0123456789abcdef', null, '16024 error'],
  ],
  jitterBufferSize: [
    ['off', 'off', null],
    ['small', 'small', null],
    ['medium', 'medium', null],
    ['large', 'large', null],
    ['huge', null, '16002 error'],
  ],
};

const ofDial: Readonly<Record<keyof typeof dialAttributes, readonly Row[]>> = {
  action: urlRows('13210 error'),
  method: methodRows('13210 warning'),
  hangupOnStar: flagRows(false, '13213 warning'),
  timeLimit: [
    ['1', 1, null],
    ['3600', 3600, null],
    ['0', 14_400, '13216 warning'],
    ['-5', 14_400, '13216 warning'],
    ['1h', 14_400, '13216 warning'],
  ],
  record: [
    ['do-not-record', 'do-not-record', null],
    ['record-from-answer', 'record-from-answer', null],
    ['record-from-ringing', 'record-from-ringing', null],
    ['record-from-answer-dual', 'record-from-answer-dual', null],
    ['record-from-ringing-dual', 'record-from-ringing-dual', null],
    ['true', 'record-from-answer', null],
    ['false', 'do-not-record', null],
    ['maybe', 'do-not-record', '13217 warning'],
  ],
  trim: [
    ['trim-silence', 'trim-silence', null],
    ['do-not-trim', 'do-not-trim', null],
    ['x', 'do-not-trim', '13699 warning'],
  ],
  recordingTrack: [
    ['both', 'both', null],
    ['inbound', 'inbound', null],
    ['outbound', 'outbound', null],
    ['none', 'both', '13217 warning'],
  ],
  recordingStatusCallback: urlRows('13256 warning'),
  recordingStatusCallbackMethod: methodRows('13221 warning'),
  recordingStatusCallbackEvent: recordingEventRows,
  recordingStorageUrl: urlRows('13256 warning'),
  recordingStorageUrlMethod: [
    ['POST', 'POST', null],
    ['PUT', 'PUT', null],
    ['GET', 'POST', '13221 warning'],
  ],
};

const rowsOf = <N extends string>(tables: Readonly<Record<N, readonly Row[]>>) =>
  Object.entries<readonly Row[]>(tables).flatMap(([name, rows]) =>
    rows.map(([text, value, trouble]) => ({ name: name as N, text, value, trouble, shown: text.slice(0, 40) })),
  );

/** What an attribute of `<Conference>` came to, where the noun has it. */
function meaningOf(name: keyof typeof conferenceAttributes, text: string): unknown {
  const noun = firstNoun(conferenceDocument({ statusCallback: 'https://app.example/', [name]: text }));
  switch (name) {
    case 'waitUrl':
      return noun.wait.kind === 'document' ? noun.wait.target.url : noun.wait.kind === 'silence' ? '' : null;
    case 'statusCallback':
      return noun.roomRequest.statusCallback?.url ?? null;
    case 'statusCallbackEvent':
      return noun.roomRequest.statusCallback?.events.length === 9 ? 'all' : noun.roomRequest.statusCallback?.events;
    case 'statusCallbackMethod':
      return noun.roomRequest.statusCallback?.method;
    case 'maxParticipants':
    case 'region':
      return noun.roomRequest[name];
    case 'participantLabel':
      return noun.label;
    case 'muted':
    case 'beep':
    case 'startConferenceOnEnter':
    case 'endConferenceOnExit':
    case 'coach':
    case 'jitterBufferSize':
      return noun[name];
    default:
      // Of what this version does nothing with, the table itself is asked.
      return conferenceAttributes[name].read(text, (url) => (url.startsWith('/') ? `https://app.example${url}` : url))
        .value;
  }
}

const readOnly: readonly string[] = [
  'waitMethod',
  'record',
  'trim',
  'recordingStatusCallback',
  'recordingStatusCallbackMethod',
  'recordingStatusCallbackEvent',
  'eventCallbackUrl',
];

describe('<Conference>', () => {
  it.each(rowsOf(ofConference))('$name="$shown" → $value, $trouble', ({ name, text, value, trouble }) => {
    const document = conferenceDocument({ [name]: text });
    const place = `/Response/Dial[1]/Conference/@${name}`;
    expect(findingsOf(document)).toEqual(trouble === null ? [] : [`${trouble} ${place}`]);
    if (conferenceAttributes[name].keepsOut && trouble !== null) expect(firstDial(document).conference.ok).toBe(false);
    else if (!readOnly.includes(name)) expect(meaningOf(name, text)).toEqual(value);
  });

  it.each(rowsOf(ofConference).filter(({ name, trouble }) => readOnly.includes(name) && trouble === null))(
    '$name="$shown" means $value',
    ({ name, text, value }) => {
      const resolve = (url: string): string => (url.startsWith('/') ? `https://app.example${url}` : url);
      expect(conferenceAttributes[name].read(text, resolve).value).toEqual(value);
    },
  );

  it('has the defaults of the page when it says nothing', () => {
    expect(firstNoun(conferenceDocument({}))).toEqual({
      room: 'Room 1234',
      label: null,
      muted: false,
      beep: 'true',
      startConferenceOnEnter: true,
      endConferenceOnExit: false,
      wait: { kind: 'default-music' },
      coach: null,
      roomRequest: { statusCallback: null, maxParticipants: null, region: null, eventCallbackUrl: null },
      jitterBufferSize: null,
    });
  });

  it('asks the wait URL as waitMethod says, POST when it says nothing', () => {
    const waitUrl = 'https://app.example/wait';
    const wait = { kind: 'document', target: { url: waitUrl, method: 'POST' } };
    expect(firstNoun(conferenceDocument({ waitUrl })).wait).toEqual(wait);
    expect(firstNoun(conferenceDocument({ waitUrl, waitMethod: 'GET' })).wait).toMatchObject({
      target: { method: 'GET' },
    });
  });

  it('tells every attribute that is odd, and ignores those it does not know', () => {
    const odd = { muted: 'yes', beep: 'loud', recordBeep: 'true', enterHook: 'x' };
    expect(findingsOf(conferenceDocument(odd))).toEqual([
      '13230 warning /Response/Dial[1]/Conference/@muted',
      '13235 warning /Response/Dial[1]/Conference/@beep',
    ]);
  });

  it('settles for the room what is the room’s, and for the leg what is the leg’s', () => {
    const ofRoom = Object.entries(conferenceAttributes).flatMap(([name, { scope }]) =>
      scope === 'room' ? [name] : [],
    );
    expect(ofRoom.sort()).toEqual([
      'eventCallbackUrl',
      'maxParticipants',
      'record',
      'recordingStatusCallback',
      'recordingStatusCallbackEvent',
      'recordingStatusCallbackMethod',
      'region',
      'statusCallback',
      'statusCallbackEvent',
      'statusCallbackMethod',
      'trim',
    ]);
  });
});

describe('<Dial>', () => {
  it.each(rowsOf(ofDial))('$name="$shown" → $value, $trouble', ({ name, text, value, trouble }) => {
    const document = conferenceDocument({}, { [name]: text });
    expect(findingsOf(document)).toEqual(trouble === null ? [] : [`${trouble} /Response/Dial[1]/@${name}`]);
    expect(firstDial(document).attributes[name]).toEqual(value);
    expect(firstDial(document).conference.ok).toBe(true);
  });

  it('has the defaults of the page when it says nothing', () => {
    expect(firstDial(conferenceDocument({})).attributes).toEqual({
      action: null,
      method: 'POST',
      hangupOnStar: false,
      timeLimit: 14_400,
      record: 'do-not-record',
      trim: 'do-not-trim',
      recordingTrack: 'both',
      recordingStatusCallback: null,
      recordingStatusCallbackMethod: 'POST',
      recordingStatusCallbackEvent: null,
      recordingStorageUrl: null,
      recordingStorageUrlMethod: 'POST',
    });
  });

  it('takes what has no effect on a conference without a word', () => {
    const attributes = { timeout: 'x', callerId: '+1', callerName: 'A', answerOnBridge: 'maybe', ringTone: 'zz' };
    expect(findingsOf(conferenceDocument({}, attributes))).toEqual([]);
  });
});

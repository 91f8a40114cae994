import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  builders,
  conferenceDocument,
  documentUrl,
  findingsOf,
  firstDial,
  firstNoun,
  handedOverOf,
  parsedOf,
  read,
} from '../../test/support/documents.js';
import { documentBytesMax } from './xml.js';

const kindsOf = (text: string): readonly string[] => parsedOf(text).document.verbs.map(({ kind }) => kind);

describe.each(Object.entries(builders))('what the builder of %s writes', (_, build) => {
  it('is read whole: every verb, every attribute', () => {
    const response = build();
    response.dial({ action: '/done?a=1&b=2', method: 'GET', hangupOnStar: true, timeLimit: 600 }).conference(
      {
        muted: true,
        beep: 'onEnter',
        startConferenceOnEnter: false,
        endConferenceOnExit: true,
        waitUrl: 'https://app.example/wait?x=1&y=2',
        waitMethod: 'GET',
        maxParticipants: 40,
        coach: 'CA0123456789abcdef0123456789abcdef',
        statusCallback: '/status',
        statusCallbackEvent: 'start end join',
        statusCallbackMethod: 'POST',
        region: 'us1',
        participantLabel: 'agent',
        jitterBufferSize: 'small',
      },
      'Support & "Sales" <1>',
    );
    response.play({ loop: 2 }, 'https://app.example/bye.mp3');
    response.say({ loop: 2, voice: 'alice', language: 'en-US' }, 'Good bye & thank you');
    response.pause({ length: 3 });
    response.redirect({ method: 'GET' }, '/next');
    response.hangup();
    const text = response.toString();
    expect(parsedOf(text).findings).toEqual([]);
    expect(parsedOf(text).document).toEqual({
      source: { url: documentUrl, method: 'POST' },
      verbs: [
        expect.objectContaining({ kind: 'dial', where: '/Response/Dial[1]' }),
        { kind: 'play', url: 'https://app.example/bye.mp3', loop: 2, where: '/Response/Play[1]' },
        {
          kind: 'say',
          text: 'Good bye & thank you',
          voice: 'alice',
          language: 'en-US',
          loop: 2,
          where: '/Response/Say[1]',
        },
        { kind: 'pause', seconds: 3 },
        { kind: 'redirect', url: 'https://app.example/next', method: 'GET', where: '/Response/Redirect[1]' },
        { kind: 'hangup' },
      ],
    });
    expect(firstDial(text).attributes).toMatchObject({
      action: 'https://app.example/done?a=1&b=2',
      method: 'GET',
      hangupOnStar: true,
      timeLimit: 600,
    });
    expect(firstNoun(text)).toMatchObject({
      room: 'Support & "Sales" <1>',
      label: 'agent',
      muted: true,
      beep: 'on-enter',
      startConferenceOnEnter: false,
      endConferenceOnExit: true,
      wait: { kind: 'document', target: { url: 'https://app.example/wait?x=1&y=2', method: 'GET' } },
      coach: '01234567-89ab-cdef-0123-456789abcdef',
      roomRequest: {
        statusCallback: { url: 'https://app.example/status', method: 'POST', events: ['start', 'end', 'join'] },
        maxParticipants: 40,
        region: 'us1',
      },
      jitterBufferSize: 'small',
    });
  });

  it('is read whatever a room is called', () => {
    const names = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((name) => name.trim() !== '' && !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(name) && [...name].length <= 128);
    fc.assert(
      fc.property(names, (name) => {
        const response = build();
        response.dial().conference({}, name);
        expect(firstNoun(response.toString()).room).toBe(name.trim());
      }),
    );
  });

  it('is nothing to do when it is empty', () => {
    expect(parsedOf(build().toString())).toMatchObject({ document: { verbs: [] }, findings: [] });
  });
});

describe('a document', () => {
  it('is refused with 12100 unless it is XML of a <Response>', () => {
    expect(read('<Dial/>')).toBe('12100 the document is no <Response>');
    expect(read('<response/>')).toBe('12100 the document is no <Response>');
    expect(read('<!DOCTYPE Response><Response/>')).toBe('12100 the document has a DOCTYPE');
    expect(read('')).toMatch(/^12100 /);
    expect(read('OK')).toMatch(/^12100 /);
  });

  it('is refused with 11750 beyond 64 KiB', () => {
    expect(read(`<Response>${' '.repeat(documentBytesMax)}</Response>`)).toMatch(/^11750 /);
  });

  it('resolves URLs in its own place, and only absolute ones when it has none', () => {
    const text = conferenceDocument({ statusCallback: '../status', waitUrl: 'wait' }, { action: '?done' });
    expect(firstNoun(text)).toMatchObject({
      wait: { target: { url: 'https://app.example/docs/wait' } },
      roomRequest: { statusCallback: { url: 'https://app.example/status' } },
    });
    expect(firstDial(text).attributes.action).toBe('https://app.example/docs/first?done');
    const handedOver = handedOverOf(text);
    expect(handedOver.findings.map(({ code }) => code)).toEqual([13210, 13233, 16002]);
    expect(handedOver.document.source).toBeNull();
  });

  it('passes over verbs and text that Parley does not have, with a warning', () => {
    const text = '<Response>hello<Echo>Hi</Echo><Gather><Play>x</Play></Gather><Pause/><dial/></Response>';
    expect(kindsOf(text)).toEqual(['pause']);
    expect(findingsOf(text)).toEqual([
      '12200 warning /Response/Echo[1]',
      '12200 warning /Response/Gather[1]',
      '12200 warning /Response/dial[1]',
      '12200 warning /Response',
    ]);
    const longName = 'x'.repeat(5000);
    expect(findingsOf(`<Response><${longName}/></Response>`)[0]?.length).toBeLessThan(200);
  });

  it('reads what is to be said, and passes over a say of nothing', () => {
    const text = '<Response><Say> one <emphasis>two</emphasis></Say><Say loop="x">three</Say><Say> </Say></Response>';
    expect(parsedOf(text).document.verbs).toMatchObject([
      { kind: 'say', text: 'one', voice: null, language: null, loop: 1 },
      { kind: 'say', text: 'three', loop: 1 },
    ]);
    expect(findingsOf(text)).toEqual(['13510 warning /Response/Say[2]/@loop', '13520 warning /Response/Say[3]']);
  });

  it('counts places by name, from 1, as XPath does', () => {
    const verbs = '<Pause length="x"/><Play>https://e/</Play><Pause/><Pause length="y"/><Play>ftp://no/</Play>';
    expect(findingsOf(`<Response>${verbs}</Response>`)).toEqual([
      '13910 warning /Response/Pause[1]/@length',
      '13910 warning /Response/Pause[3]/@length',
      '13420 warning /Response/Play[2]',
    ]);
  });

  it('keeps a Redirect that goes nowhere, since what follows it is never reached', () => {
    expect(kindsOf('<Response><Redirect>ftp://e/</Redirect><Hangup/></Response>')).toEqual(['redirect', 'hangup']);
    expect(findingsOf('<Response><Redirect>ftp://e/</Redirect></Response>')).toEqual([
      '11100 error /Response/Redirect[1]',
    ]);
    expect(parsedOf('<Response><Redirect/></Response>').document.verbs).toMatchObject([{ url: '', method: 'POST' }]);
  });

  it.each([
    ['<Play loop="0">https://e/</Play>', 0, []],
    ['<Play loop="1000">https://e/</Play>', 1000, []],
    ['<Play loop="1001">https://e/</Play>', 1, ['13410 warning /Response/Play[1]/@loop']],
    ['<Play loop="-1">https://e/</Play>', 1, ['13410 warning /Response/Play[1]/@loop']],
  ])('%s', (play, loop, findings) => {
    expect(parsedOf(`<Response>${play}</Response>`).document.verbs).toMatchObject([{ loop }]);
    expect(findingsOf(`<Response>${play}</Response>`)).toEqual(findings);
  });
});

describe('a <Dial>', () => {
  const dialOf = (inner: string): string => `<Response><Dial>${inner}</Dial></Response>`;

  it.each([
    ['<Number>+1</Number>', '13245 warning'],
    ['<Sip>sip:a@b</Sip>', '13245 warning'],
    ['<Client>a</Client>', '13245 warning'],
    ['+15550100001', '13245 warning'],
    ['', '16002 error'],
    [' \n ', '16002 error'],
  ])('of %j cannot be dialled, and is over at once', (inner, finding) => {
    expect(findingsOf(dialOf(inner))).toEqual([`${finding} /Response/Dial[1]`]);
    expect(firstDial(dialOf(inner)).conference.ok).toBe(false);
  });

  it('passes over what is no noun', () => {
    expect(findingsOf(dialOf('<Foo/><Conference>a</Conference>'))).toEqual(['12200 warning /Response/Dial[1]']);
    expect(firstNoun(dialOf('<Foo/><Conference>a</Conference>')).room).toBe('a');
  });
});

it('any document at all is verbs or a fault, and says only what it may', () => {
  const piece = fc.constantFrom(
    ...['<Response>', '</Response>', '<Dial>', '<Dial action="/x" timeLimit="-1">', '</Dial>', '<Conference>'],
    ...['<Conference beep="loud" coach="x">', '</Conference>', '<Number>1</Number>', '<Play>x</Play>', '<Redirect/>'],
    ...['room', '<Pause length="9"/>', '<Hangup/>', '&amp;', '&x;', '<![CDATA[', ']]>', '<Say/>'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, isWrapped) => {
      const text = isWrapped ? `<Response>${pieces.join('')}</Response>` : pieces.join('');
      const result = read(text);
      if (typeof result === 'string') return /^(?:11750|12100) /.test(result);
      return result.findings.every(({ code, message }) => code > 10_000 && message !== '');
    }),
    { numRuns: 3000 },
  );
});

/** CONTRACT §2.3, row by row: what a call does next. */
import { describe, expect, it } from 'vitest';
import { documentUrl, parsedOf } from '../../test/support/documents.js';
import { flavours } from '../base/flavour.js';
import type { WebTarget } from '../conference/state.js';
import type { CxmlDocument } from './document.js';
import {
  type Advanced,
  advance,
  begin,
  type DialOutcome,
  type Happened,
  requestsMax,
  type Step,
} from './interpreter.js';

const documentOf = (verbs: string): CxmlDocument => parsedOf(`<Response>${verbs}</Response>`).document;
const dial = (attributes = ''): string => `<Dial ${attributes}><Conference>room</Conference></Dial>`;
const withAction = dial('action="/done"');
const answered: DialOutcome = { status: 'answered', seconds: 94 };
const failed: DialOutcome = { status: 'failed', seconds: 0 };
const dialOver = (outcome: DialOutcome): Happened => ({ kind: 'dial-over', outcome });
const fetched = (verbs: string): Happened => ({ kind: 'fetched', document: documentOf(verbs) });
const done: Happened = { kind: 'done', seconds: 3 };
const hungUp: Happened = { kind: 'hung-up', seconds: 94 };

function inWords(step: Step): string {
  switch (step.kind) {
    case 'dial':
      return `dial ${step.conference.room}${step.continues ? ', then more' : ''}`;
    case 'play':
      return `play ${step.verb.url} ${step.verb.loop}`;
    case 'say':
      return `say ${step.verb.text} ${step.verb.loop}`;
    case 'pause':
      return `pause ${step.seconds}`;
    case 'request': {
      const about = step.dial === null ? '' : ` ${step.dial.status} ${step.dial.seconds}`;
      const after = step.failure === null ? '' : ` after ${step.failure.code} ${step.failure.url}`;
      return `${step.target.method} ${step.target.url}${about}${after}`;
    }
    case 'hang-up':
      return 'hang up';
  }
}

type Options = { readonly fallback?: WebTarget; readonly flavour?: typeof flavours.signalwire };

/** The steps from the beginning, one more for each thing that happened. */
function stepsOf(start: string | WebTarget, happened: readonly Happened[], options: Options = {}): readonly string[] {
  const { fallback = null, flavour = flavours.signalwire } = options;
  const first = typeof start === 'string' ? documentOf(start) : start;
  let at: Advanced = begin(first, { flavour, fallback });
  const steps = [inWords(at.program.step)];
  for (const event of happened) {
    at = advance(at.program, event);
    steps.push(inWords(at.program.step));
  }
  return steps;
}

const fallback: WebTarget = { url: 'https://app.example/fallback', method: 'GET' };

describe('a document', () => {
  it('is run verb by verb, and then the call is hung up', () => {
    expect(
      stepsOf(`<Play loop="2">a.mp3</Play><Pause length="3"/>${dial()}`, [done, done, dialOver(answered)]),
    ).toEqual(['play https://app.example/docs/a.mp3 2', 'pause 3', 'dial room', 'hang up']);
  });

  it('is over at <Hangup>', () => {
    expect(stepsOf('<Hangup/><Pause/>', [])).toEqual(['hang up']);
  });

  it('without a verb is a call that is hung up', () => {
    expect(stepsOf('', [])).toEqual(['hang up']);
  });

  it('is fetched first when there is only where it is', () => {
    const there: WebTarget = { url: 'https://app.example/voice', method: 'GET' };
    expect(stepsOf(there, [fetched(dial())])).toEqual(['GET https://app.example/voice', 'dial room']);
  });

  it('goes on elsewhere by <Redirect>, and comes back to itself by an empty one', () => {
    expect(stepsOf('<Redirect method="GET">/next</Redirect><Pause/>', [fetched('<Redirect/>')])).toEqual([
      'GET https://app.example/next',
      `POST ${documentUrl}`,
    ]);
  });
});

describe('after a <Dial>', () => {
  it('the action is requested, and its answer replaces what there was', () => {
    expect(stepsOf(`${withAction}<Pause/>`, [dialOver(answered), fetched(dial())])).toEqual([
      'dial room, then more',
      'POST https://app.example/done answered 94',
      'dial room',
    ]);
  });

  it('the action is asked as `method` says', () => {
    expect(stepsOf(dial('action="/done" method="GET"'), [dialOver(answered)])).toEqual([
      'dial room, then more',
      'GET https://app.example/done answered 94',
    ]);
  });

  it('without an action the next verb is run; with neither the call is hung up', () => {
    expect(stepsOf(`${dial()}<Pause length="7"/>`, [dialOver(answered)])).toEqual(['dial room, then more', 'pause 7']);
    expect(stepsOf(dial(), [dialOver(answered)])).toEqual(['dial room', 'hang up']);
  });

  it('an empty answer ends the call', () => {
    expect(stepsOf(`${withAction}<Pause/>`, [dialOver(answered), fetched('')]).at(-1)).toBe('hang up');
  });

  it('that could not join goes the same way, as failed', () => {
    expect(stepsOf(withAction, [dialOver(failed)]).at(-1)).toBe('POST https://app.example/done failed 0');
    expect(stepsOf(`${dial()}<Pause/>`, [dialOver(failed)]).at(-1)).toBe('pause 1');
  });

  it('that names no conference is over before it began', () => {
    expect(stepsOf('<Dial action="/done"><Number>1</Number></Dial>', [])).toEqual([
      'POST https://app.example/done failed 0',
    ]);
    expect(stepsOf('<Dial><Conference coach="x">room</Conference></Dial><Pause/>', [])).toEqual(['pause 1']);
  });
});

describe('when the party hangs up', () => {
  it.each(Object.values(flavours))('nothing is requested in the flavour $name', (flavour) => {
    expect(stepsOf(`${withAction}<Pause/>`, [hungUp], { flavour }).at(-1)).toBe('hang up');
  });

  it('a flavour that tells its action does, and runs nothing of the answer', () => {
    const flavour = { ...flavours.signalwire, actionAfterHangUp: true };
    expect(stepsOf(`${withAction}<Pause/>`, [hungUp, fetched(dial())], { flavour })).toEqual([
      'dial room, then more',
      'POST https://app.example/done answered 94',
      'hang up',
    ]);
    expect(stepsOf(dial(), [hungUp], { flavour }).at(-1)).toBe('hang up');
    const failing: readonly Happened[] = [hungUp, { kind: 'not-fetched', code: 11_200 }];
    expect(stepsOf(withAction, failing, { flavour, fallback }).at(-1)).toBe('hang up');
  });
});

describe('a redirect from outside', () => {
  it('replaces the document, and the action is not requested', () => {
    const to = documentOf('<Pause length="5"/>');
    expect(stepsOf(`${withAction}<Pause/>`, [{ kind: 'redirected', to }]).at(-1)).toBe('pause 5');
    const there: WebTarget = { url: 'https://app.example/other', method: 'POST' };
    expect(stepsOf(withAction, [{ kind: 'redirected', to: there }, fetched('<Pause/>')])).toEqual([
      'dial room, then more',
      'POST https://app.example/other',
      'pause 1',
    ]);
  });
});

describe('a document that cannot be had', () => {
  const notFetched: Happened = { kind: 'not-fetched', code: 11_217 };

  it('ends the call that has no fallback', () => {
    expect(stepsOf(withAction, [dialOver(answered), notFetched]).at(-1)).toBe('hang up');
  });

  it('makes the fallback be asked, once', () => {
    expect(stepsOf(withAction, [dialOver(answered), notFetched, notFetched], { fallback })).toEqual([
      'dial room, then more',
      'POST https://app.example/done answered 94',
      'GET https://app.example/fallback after 11217 https://app.example/done',
      'hang up',
    ]);
    expect(stepsOf(withAction, [dialOver(answered), notFetched, fetched('<Pause/>')], { fallback }).at(-1)).toBe(
      'pause 1',
    );
  });

  it('is also one that <Redirect> does not name', () => {
    expect(stepsOf('<Redirect>ftp://e/</Redirect><Pause/>', [])).toEqual(['hang up']);
    expect(stepsOf('<Redirect>ftp://e/</Redirect>', [], { fallback })).toEqual([
      `GET https://app.example/fallback after 11100 ${documentUrl}`,
    ]);
    const handedOver: CxmlDocument = { ...documentOf('<Redirect/>'), source: null };
    const { program, findings } = begin(handedOver, { flavour: flavours.signalwire, fallback: null });
    expect(inWords(program.step)).toBe('hang up');
    expect(findings).toMatchObject([{ code: 11_100, level: 'error', where: '/Response/Redirect[1]' }]);
  });
});

describe('a chain of documents', () => {
  const redirecting = fetched('<Redirect/>');

  it(`ends after ${requestsMax} in which nothing lasted a second`, () => {
    let at = begin(documentOf('<Redirect/>'), { flavour: flavours.signalwire, fallback });
    let requests = 0;
    while (at.program.step.kind === 'request') {
      requests += 1;
      at = advance(at.program, redirecting);
    }
    expect(requests).toBe(requestsMax);
    expect(at.findings).toMatchObject([{ code: 11_215, level: 'error' }]);
    expect(at.program.step.kind).toBe('hang-up');
  });

  it.each([
    ['a pause', '<Pause/><Redirect/>', { kind: 'done', seconds: 1 }],
    ['a conference', dial('action="/again"'), dialOver({ status: 'answered', seconds: 1 })],
  ] as const)('goes on as long as it likes with %s in it', (_, verbs, happened) => {
    let at = begin(documentOf(verbs), { flavour: flavours.signalwire, fallback: null });
    const first = at.program.step.kind;
    for (let round = 0; round < 2 * requestsMax; round += 1) {
      at = advance(at.program, happened);
      expect(at.program.step.kind).toBe('request');
      at = advance(at.program, fetched(verbs));
      expect(at.program.step.kind).toBe(first);
    }
  });

  it('of dials that fail at once ends, too', () => {
    let at = begin(documentOf(withAction), { flavour: flavours.signalwire, fallback: null });
    for (let round = 0; round < 3 * requestsMax && at.program.step.kind !== 'hang-up'; round += 1) {
      at = advance(at.program, at.program.step.kind === 'dial' ? dialOver(failed) : fetched(withAction));
    }
    expect(at.program.step.kind).toBe('hang-up');
  });
});

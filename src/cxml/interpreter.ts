/**
 * Runs documents, one step at a time: what the call does next, after what happened (CONTRACT §2.3). A step is done by
 * whoever asked for it; the interpreter knows neither HTTP nor audio nor time.
 */
import { assert, assertNever } from '../base/assert.js';
import type { Flavour } from '../base/flavour.js';
import type { WebTarget } from '../conference/state.js';
import type { ConferenceNoun } from './conference-noun.js';
import type { CxmlDocument, DialVerb, PlayVerb, RedirectVerb, SayVerb } from './document.js';
import type { Finding } from './finding.js';

/** Documents asked for while nothing lasted as long as a second: a chain of redirects ends here. */
export const requestsMax = 50;

/** How a `<Dial>` went: what its `action` is told (CONTRACT §2.2). */
export type DialOutcome = {
  /** `failed`: it never was in the room. */
  readonly status: 'answered' | 'failed';
  /** In the room. */
  readonly seconds: number;
};

/** What made another document fail; its fallback is told. */
export type RequestFailure = { readonly code: number; readonly url: string };

/** What is to be done now. */
export type Step =
  /** Join; `continues`: the call has something to run when it has left. */
  | { readonly kind: 'dial'; readonly verb: DialVerb; readonly conference: ConferenceNoun; readonly continues: boolean }
  | { readonly kind: 'play'; readonly verb: PlayVerb }
  | { readonly kind: 'say'; readonly verb: SayVerb }
  | { readonly kind: 'pause'; readonly seconds: number }
  /** Fetch a document and run it. */
  | {
      readonly kind: 'request';
      readonly target: WebTarget;
      /** Of the dial whose `action` this is. */
      readonly dial: DialOutcome | null;
      /** Of the request whose fallback this is. */
      readonly failure: RequestFailure | null;
    }
  | { readonly kind: 'hang-up' };

export type Happened =
  /** A play, a say or a pause is over. */
  | { readonly kind: 'done'; readonly seconds: number }
  /** The call left the room and is up, or never got in. */
  | { readonly kind: 'dial-over'; readonly outcome: DialOutcome }
  | { readonly kind: 'fetched'; readonly document: CxmlDocument }
  | { readonly kind: 'not-fetched'; readonly code: number }
  /** Another document is to be run at once, in place of what there is. */
  | { readonly kind: 'redirected'; readonly to: CxmlDocument | WebTarget }
  /** The party is gone, after so long in the room it was in. */
  | { readonly kind: 'hung-up'; readonly seconds: number };

export type Program = {
  readonly flavour: Flavour;
  /** Requested once when a document cannot be had; null when the call has none (CONTRACT §6.3). */
  readonly fallback: WebTarget | null;
  /** Null until the first document is there. */
  readonly document: CxmlDocument | null;
  /** The verb that runs now. */
  readonly position: number;
  readonly step: Step;
  /** Since something lasted a second. */
  readonly requests: number;
  /** The party has hung up: whatever a last request is answered, nothing more is run. */
  readonly isOver: boolean;
};

export type Advanced = { readonly program: Program; readonly findings: readonly Finding[] };

/** `start`: the document, or where to fetch it. */
export function begin(start: CxmlDocument | WebTarget, options: Pick<Program, 'flavour' | 'fallback'>): Advanced {
  const program: Program = {
    ...options,
    document: null,
    position: 0,
    step: { kind: 'hang-up' },
    requests: 0,
    isOver: false,
  };
  return redirectedTo(program, start);
}

/** The program with its next step. */
export function advance(program: Program, happened: Happened): Advanced {
  switch (happened.kind) {
    case 'done':
      return runFrom(rested(program, happened.seconds), program.position + 1);
    case 'dial-over':
      return dialOver(rested(program, happened.outcome.seconds), happened.outcome);
    case 'fetched':
      return program.isOver ? hangUp(program) : runFrom({ ...program, document: happened.document }, 0);
    case 'not-fetched':
      return notFetched(program, happened.code);
    case 'redirected':
      return redirectedTo({ ...program, requests: 0 }, happened.to);
    case 'hung-up':
      return hungUp({ ...program, isOver: true }, happened.seconds);
    default:
      return assertNever(happened);
  }
}

const rested = (program: Program, seconds: number): Program => (seconds >= 1 ? { ...program, requests: 0 } : program);

const hangUp = (program: Program, findings: readonly Finding[] = []): Advanced => ({
  program: { ...program, step: { kind: 'hang-up' } },
  findings,
});

const doing = (program: Program, step: Step): Advanced => ({ program: { ...program, step }, findings: [] });

const redirectedTo = (program: Program, to: CxmlDocument | WebTarget): Advanced =>
  'verbs' in to ? runFrom({ ...program, document: to }, 0) : request(program, to, {});

/** A call with no verb left is hung up. */
function runFrom(program: Program, position: number): Advanced {
  const verb = program.document?.verbs[position];
  const here = { ...program, position };
  if (verb === undefined) return hangUp(here);
  switch (verb.kind) {
    case 'dial': {
      const { conference } = verb;
      if (!conference.ok) return dialOver(here, { status: 'failed', seconds: 0 });
      const continues = verb.attributes.action !== null || program.document?.verbs[position + 1] !== undefined;
      return doing(here, { kind: 'dial', verb, conference: conference.value, continues });
    }
    case 'play':
      return doing(here, { kind: 'play', verb });
    case 'say':
      return doing(here, { kind: 'say', verb });
    case 'pause':
      return doing(here, { kind: 'pause', seconds: verb.seconds });
    case 'redirect':
      return redirect(here, verb);
    case 'hangup':
      return hangUp(here);
    default:
      return assertNever(verb);
  }
}

/** `action` when there is one, and then its answer replaces the document; else the next verb. */
function dialOver(program: Program, outcome: DialOutcome): Advanced {
  const verb = program.document?.verbs[program.position];
  assert(verb?.kind === 'dial', 'a dial that is over was the verb that ran');
  const target = actionOf(verb);
  return target === null ? runFrom(program, program.position + 1) : request(program, target, { dial: outcome });
}

const actionOf = ({ attributes: { action, method } }: DialVerb): WebTarget | null =>
  action === null ? null : { url: action, method };

/** No verb is run for nobody; whether an `action` is told is a matter of flavour (CONTRACT §2.3). */
function hungUp(program: Program, seconds: number): Advanced {
  const { step, flavour } = program;
  const target = step.kind === 'dial' ? actionOf(step.verb) : null;
  if (target === null || !flavour.actionAfterHangUp) return hangUp(program);
  return request(program, target, { dial: { status: 'answered', seconds } });
}

function redirect(program: Program, { url, method, where }: RedirectVerb): Advanced {
  if (url !== null && url !== '') return request(program, { url, method }, {});
  const source = program.document?.source ?? null;
  if (url === '' && source !== null) return request(program, { url: source.url, method }, {});
  const message = 'there is nowhere to redirect to';
  const { program: next, findings } = unable(program, { code: 11_100, url: source?.url ?? '' });
  return { program: next, findings: [{ code: 11_100, level: 'error', where, message, keepsOut: false }, ...findings] };
}

function notFetched(program: Program, code: number): Advanced {
  const { step } = program;
  assert(step.kind === 'request', 'what was not fetched was asked for');
  // A fallback has none of its own.
  if (step.failure !== null) return hangUp(program);
  return unable(program, { code, url: step.target.url });
}

function unable(program: Program, failure: RequestFailure): Advanced {
  const { fallback, isOver } = program;
  return fallback === null || isOver ? hangUp(program) : request(program, fallback, { failure });
}

function request(
  program: Program,
  target: WebTarget,
  { dial = null, failure = null }: Partial<Pick<Extract<Step, { kind: 'request' }>, 'dial' | 'failure'>>,
): Advanced {
  if (program.requests >= requestsMax) {
    const message = `more than ${requestsMax} documents in which nothing lasted a second: hung up`;
    return hangUp(program, [{ code: 11_215, level: 'error', where: '/Response', message, keepsOut: false }]);
  }
  const next = { ...program, requests: program.requests + 1 };
  return doing(next, { kind: 'request', target, dial, failure });
}

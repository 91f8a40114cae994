/**
 * What is heard of a wait, hold or announcement URL, one step at a time (CONTRACT §5, §5.1): a document or audio is
 * fetched, played, and where the flavour says so fetched again. Given the time, it knows neither HTTP nor audio.
 */
import { assert, assertNever } from '../base/assert.js';
import type { WebTarget } from '../conference/state.js';
import type { CxmlDocument, PlayVerb, SayVerb, SoundVerb } from './document.js';
import type { Finding } from './finding.js';

/** A run shorter than this, or one in which nothing was heard, is followed by a wait of as long. */
export const shortRunMs = 1000;
/** After so many of them in a row there is silence. */
export const shortRunsMax = 3;
/** Redirects in a minute during which nothing was heard; behind them there is silence. */
export const hopsMax = 50;
const hopsWindowMs = 60_000;

/** What comes behind the end: nothing more, or the same from the beginning. */
export type AtEnd = 'over' | 'again';

export type SoundStep =
  | { readonly kind: 'request'; readonly target: WebTarget }
  | { readonly kind: 'play'; readonly verb: PlayVerb }
  | { readonly kind: 'say'; readonly verb: SayVerb }
  /** Silence for so long. */
  | { readonly kind: 'rest'; readonly ms: number }
  /** The audio that was fetched: once, or round and round where it can be. */
  | { readonly kind: 'sound'; readonly repeats: boolean }
  /** Nothing more is heard. `hadNothing`: nothing ever was, and something was to be. */
  | { readonly kind: 'over'; readonly hadNothing: boolean };

export type SoundHappened =
  | { readonly kind: 'document'; readonly document: CxmlDocument<SoundVerb> }
  | { readonly kind: 'audio' }
  | { readonly kind: 'not-fetched' }
  /** What the step said was heard to its end, or the rest is over. */
  | { readonly kind: 'done' }
  /** What was to be played or said could not be. */
  | { readonly kind: 'not-heard' };

export type SoundProgram = {
  readonly atEnd: AtEnd;
  /** What all of it began with, and begins with again. */
  readonly first: WebTarget;
  readonly document: CxmlDocument<SoundVerb> | null;
  /** The verb that runs now. */
  readonly position: number;
  readonly step: SoundStep;
  /** When what was fetched last for the beginning was there; null until then. */
  readonly runSinceMs: number | null;
  readonly heardInRun: boolean;
  readonly shortRuns: number;
  /** Redirects since something was heard, and when the first of them was. */
  readonly hops: number;
  readonly hopsSinceMs: number;
  readonly heardEver: boolean;
  readonly lackedEver: boolean;
};

export type SoundAdvanced = { readonly program: SoundProgram; readonly findings: readonly Finding[] };

export function beginSound(first: WebTarget, atEnd: AtEnd): SoundProgram {
  return {
    atEnd,
    first,
    document: null,
    position: 0,
    step: { kind: 'request', target: first },
    runSinceMs: null,
    heardInRun: false,
    shortRuns: 0,
    hops: 0,
    hopsSinceMs: 0,
    heardEver: false,
    lackedEver: false,
  };
}

/** The program with its next step. `nowMs` never goes back. */
export function advanceSound(program: SoundProgram, happened: SoundHappened, nowMs: number): SoundAdvanced {
  switch (happened.kind) {
    case 'document':
      return runFrom({ ...arrived(program, nowMs), document: happened.document }, 0, nowMs);
    case 'audio':
      return told({
        ...arrived(program, nowMs),
        document: null,
        step: { kind: 'sound', repeats: program.atEnd === 'again' },
      });
    case 'not-fetched':
      return over({ ...program, lackedEver: true });
    case 'not-heard':
      return next({ ...program, lackedEver: true }, nowMs);
    case 'done':
      return next(program.step.kind === 'rest' ? program : heard(program), nowMs);
    default:
      return assertNever(happened);
  }
}

const told = (program: SoundProgram, findings: readonly Finding[] = []): SoundAdvanced => ({ program, findings });

const over = (program: SoundProgram, findings: readonly Finding[] = []): SoundAdvanced =>
  told({ ...program, step: { kind: 'over', hadNothing: program.lackedEver && !program.heardEver } }, findings);

const arrived = (program: SoundProgram, nowMs: number): SoundProgram =>
  program.runSinceMs === null ? { ...program, runSinceMs: nowMs, heardInRun: false } : program;

const heard = (program: SoundProgram): SoundProgram => ({ ...program, heardInRun: true, heardEver: true, hops: 0 });

function next(program: SoundProgram, nowMs: number): SoundAdvanced {
  // The rest behind a run that was too short.
  if (program.runSinceMs === null) return told({ ...program, step: { kind: 'request', target: program.first } });
  return program.document === null ? ended(program, nowMs) : runFrom(program, program.position + 1, nowMs);
}

function runFrom(program: SoundProgram, position: number, nowMs: number): SoundAdvanced {
  const verb = program.document?.verbs[position];
  const here = { ...program, position };
  if (verb === undefined) return ended(here, nowMs);
  switch (verb.kind) {
    case 'play':
      return told({ ...here, step: { kind: 'play', verb } });
    case 'say':
      return told({ ...here, step: { kind: 'say', verb } });
    case 'pause':
      return told({ ...here, step: { kind: 'rest', ms: verb.seconds * 1000 } });
    case 'redirect': {
      const source = program.document?.source ?? null;
      assert(source !== null, 'what is heard was fetched');
      if (verb.url === null) return over({ ...here, lackedEver: true });
      const target = { url: verb.url === '' ? source.url : verb.url, method: verb.method };
      return redirected(here, target, { nowMs, where: verb.where });
    }
    default:
      return assertNever(verb);
  }
}

function redirected(
  program: SoundProgram,
  target: WebTarget,
  { nowMs, where }: { readonly nowMs: number; readonly where: string },
): SoundAdvanced {
  const isFresh = program.hops === 0 || nowMs - program.hopsSinceMs >= hopsWindowMs;
  const hops = isFresh ? 1 : program.hops + 1;
  if (hops > hopsMax) {
    const message = `more than ${hopsMax} redirects in a minute with nothing to hear: silence`;
    return over({ ...program, lackedEver: true }, [{ code: 11_215, level: 'error', where, message, keepsOut: false }]);
  }
  const hopsSinceMs = isFresh ? nowMs : program.hopsSinceMs;
  return told({ ...program, hops, hopsSinceMs, step: { kind: 'request', target } });
}

/** The run is over: silence, or the same again, though never in a rush. */
function ended(program: SoundProgram, nowMs: number): SoundAdvanced {
  if (program.atEnd === 'over') return over(program);
  const wasShort = !program.heardInRun || nowMs - (program.runSinceMs ?? nowMs) < shortRunMs;
  const shortRuns = wasShort ? program.shortRuns + 1 : 0;
  if (shortRuns >= shortRunsMax) return over(program);
  const again = { ...program, shortRuns, runSinceMs: null, document: null, position: 0 };
  if (wasShort) return told({ ...again, step: { kind: 'rest', ms: shortRunMs } });
  return told({ ...again, step: { kind: 'request', target: program.first } });
}

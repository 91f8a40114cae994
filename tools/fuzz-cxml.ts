/**
 * Feeds documents gone wrong to src/cxml, and runs what can be run of them: tools/fuzz-cxml.ts SECONDS [SEED]. Each run
 * cuts, doubles, mixes and misspells the documents of test/fuzz/corpus/cxml, reads the result, and lets the interpreter
 * and the sound program live through whatever happens. Prints `fuzzed cxml` when all went well; a finding is shrunk,
 * kept in build/fuzz/findings and ends the run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { assert } from '../src/base/assert.js';
import { flavours } from '../src/base/flavour.js';
import { absoluteUrl, resolverFrom } from '../src/callbacks/resolve-url.js';
import { maxParticipantsCeiling, type WebTarget } from '../src/conference/state.js';
import type { CxmlDocument, Verb } from '../src/cxml/document.js';
import { advance, begin, type Happened, type Program, requestsMax } from '../src/cxml/interpreter.js';
import { parseDocument, parseSoundDocument } from '../src/cxml/parse-document.js';
import { advanceSound, beginSound, hopsMax, shortRunsMax } from '../src/cxml/sound-program.js';
import { documentBytesMax } from '../src/cxml/xml.js';
import { fuzzFor } from './fuzz-for.js';

const corpus = 'test/fuzz/corpus/cxml';
const stepsMax = 200;

const words = [
  ...['<Response>', '</Response>', '<Dial>', '</Dial>', '<Conference>', '</Conference>', '<Redirect/>', '<Hangup/>'],
  ...[
    '<Pause length="3"/>',
    '<Play>x</Play>',
    '<Say>y</Say>',
    '<Number>1</Number>',
    '<!DOCTYPE x>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
  ],
  ...['&amp;', '&x;', '&#0;', '&#xD800;', '&#x1F600;', ' beep="loud"', ' action="/x"', ' coach="x"', ' timeLimit="0"'],
  ...['<?xml version="1.0" encoding="UTF-16"?>', '\u0000', '\ufeff', '\u{1F600}', '"', "'", '<', '>', '/', '='],
];

const change = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(), text: fc.constantFrom(...words) }),
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(), text: fc.string({ unit: 'binary', maxLength: 8 }) }),
  fc.record({ kind: fc.constant('double' as const), at: fc.nat(), to: fc.nat() }),
  fc.record({ kind: fc.constant('mix' as const), at: fc.nat(), other: fc.nat() }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const seeds = readdirSync(corpus)
  .sort()
  .map((name) => readFileSync(join(corpus, name), 'utf8'));
const seedAt = (index: number): string => seeds[index % seeds.length] ?? '';

/** Elements and texts: what a document is cut into. */
const piecesOf = (text: string): readonly string[] => text.split(/(?=<)/);

function changed(text: string, step: Change): string {
  const at = step.at % (text.length + 1);
  const pieces = piecesOf(text);
  const piece = step.at % pieces.length;
  switch (step.kind) {
    case 'cut':
      return text.slice(0, at) + text.slice(at + step.count);
    case 'put':
      return text.slice(0, at) + step.text + text.slice(at);
    case 'double':
      return pieces.toSpliced(step.to % pieces.length, 0, pieces[piece] ?? '').join('');
    case 'mix': {
      const others = piecesOf(seedAt(step.other));
      return [...pieces.slice(0, piece), ...others.slice(step.other % others.length)].join('');
    }
  }
}

const documentText = fc
  .record({ seed: fc.nat(), changes: fc.array(change, { maxLength: 8 }) })
  .map(({ seed, changes }) => changes.reduce(changed, seedAt(seed)));

function checkTarget({ url }: WebTarget): void {
  assert(absoluteUrl(url) === url, 'a URL that goes out is absolute');
}

function checkVerb(verb: Verb): void {
  if (verb.kind === 'play') checkTarget({ url: verb.url, method: 'GET' });
  if (verb.kind === 'pause') assert(verb.seconds >= 0 && Number.isInteger(verb.seconds), 'a pause is of whole seconds');
  if (verb.kind !== 'dial') return;
  const { action, method, timeLimit } = verb.attributes;
  if (action !== null) checkTarget({ url: action, method });
  assert(timeLimit >= 1 && Number.isInteger(timeLimit), 'a time limit is of whole seconds');
  if (!verb.conference.ok) return;
  const { room, roomRequest, wait, label } = verb.conference.value;
  assert(room.trim() === room && room.length >= 1 && [...room].length <= 128, 'a room has a name');
  assert(label === null || (label.length >= 1 && !label.includes('/')), 'a label is one');
  const { maxParticipants, statusCallback } = roomRequest;
  assert(maxParticipants === null || (maxParticipants >= 1 && maxParticipants <= maxParticipantsCeiling), 'a limit');
  if (statusCallback !== null) checkTarget(statusCallback);
  if (wait.kind === 'document') checkTarget(wait.target);
}

const source: WebTarget = { url: 'https://app.example/docs/first', method: 'POST' };

function documentOf(text: string): CxmlDocument | null {
  const bytes = new TextEncoder().encode(text);
  const parsed = parseDocument(bytes, source, resolverFrom(source.url));
  if (!parsed.ok) {
    assert(parsed.error.rule !== '' && (parsed.error.code === 12100 || bytes.length > documentBytesMax), 'a fault');
    return null;
  }
  for (const { code, where, message } of parsed.value.findings) {
    assert(code >= 11_000 && where.startsWith('/Response') && message !== '', 'a finding says what and where');
  }
  parsed.value.document.verbs.forEach(checkVerb);
  return parsed.value.document;
}

/** Something that can happen to the step there is. */
function happenedTo({ step }: Program, choice: number, next: CxmlDocument): Happened | null {
  if (choice % 11 === 10) return { kind: 'redirected', to: next };
  if (choice % 13 === 12) return { kind: 'hung-up', seconds: choice % 3 };
  switch (step.kind) {
    case 'dial':
      return { kind: 'dial-over', outcome: { status: choice % 2 === 0 ? 'answered' : 'failed', seconds: choice % 3 } };
    case 'play':
    case 'say':
    case 'pause':
      return { kind: 'done', seconds: choice % 3 };
    case 'request':
      checkTarget(step.target);
      return choice % 4 === 3 ? { kind: 'not-fetched', code: 11_200 } : { kind: 'fetched', document: next };
    case 'hang-up':
      return null;
  }
}

function live(first: CxmlDocument, next: CxmlDocument, choices: readonly number[]): void {
  const fallback = (choices[0] ?? 0) % 2 === 0 ? source : null;
  let { program } = begin(first, { flavour: flavours.signalwire, fallback });
  for (let step = 0; step < stepsMax; step += 1) {
    const happened = happenedTo(program, choices[step % Math.max(1, choices.length)] ?? 0, next);
    if (happened === null) break;
    program = advance(program, happened).program;
    assert(program.requests <= requestsMax, 'a chain of requests ends');
    if (happened.kind === 'hung-up') assert(program.step.kind === 'hang-up', 'nothing is run for nobody');
  }
}

/** What somebody who waits would hear of it; nothing lasts, so that every guard is met. */
function hear(first: string, next: string, choices: readonly number[]): void {
  const [one, two] = [first, next].map((text) =>
    parseSoundDocument(new TextEncoder().encode(text), source, resolverFrom(source.url)),
  );
  const document = one?.ok === true ? one.value.document : two?.ok === true ? two.value.document : null;
  if (document === null) return;
  let program = beginSound(source, (choices[0] ?? 0) % 2 === 0 ? 'again' : 'over');
  let nowMs = 0;
  for (let step = 0; step < stepsMax && program.step.kind !== 'over'; step += 1) {
    const choice = choices[step % Math.max(1, choices.length)] ?? 0;
    if (program.step.kind === 'request') checkTarget(program.step.target);
    const arrived = [{ kind: 'document', document }, { kind: 'audio' }, { kind: 'not-fetched' }] as const;
    const played = [{ kind: 'done' }, { kind: 'not-heard' }] as const;
    const isAsked = program.step.kind === 'request';
    const happened = isAsked ? (arrived[choice % 5] ?? arrived[0]) : (played[choice % 3] ?? played[0]);
    nowMs += program.step.kind === 'rest' ? program.step.ms : choice % 1500;
    program = advanceSound(program, happened, nowMs).program;
    assert(program.hops <= hopsMax && program.shortRuns <= shortRunsMax, 'nothing goes on for ever in a rush');
  }
}

const property = fc.property(documentText, documentText, fc.array(fc.nat(), { maxLength: 30 }), (one, two, choices) => {
  const first = documentOf(one);
  const next = documentOf(two);
  if (first !== null) live(first, next ?? first, choices);
  hear(one, two, choices);
});
fuzzFor('cxml', 'documents', property);

/** CONTRACT §5.1, row by row: what is heard next. */
import { describe, expect, it } from 'vitest';
import { documentUrl, parsedSoundOf } from '../../test/support/documents.js';
import {
  type AtEnd,
  advanceSound,
  beginSound,
  hopsMax,
  type SoundHappened,
  type SoundProgram,
  type SoundStep,
} from './sound-program.js';

const first = { url: documentUrl, method: 'POST' } as const;

const documentOf = (verbs: string): SoundHappened => ({ kind: 'document', document: parsedSoundOf(verbs).document });

function inWords(step: SoundStep): string {
  switch (step.kind) {
    case 'request':
      return `${step.target.method} ${step.target.url}`;
    case 'play':
      return `play ${step.verb.url}`;
    case 'say':
      return `say ${step.verb.text}`;
    case 'rest':
      return `rest ${step.ms}`;
    case 'sound':
      return step.repeats ? 'round and round' : 'once';
    case 'over':
      return step.hadNothing ? 'over, with nothing' : 'over';
  }
}

const done: SoundHappened = { kind: 'done' };
const audio: SoundHappened = { kind: 'audio' };
const notFetched: SoundHappened = { kind: 'not-fetched' };
const notHeard: SoundHappened = { kind: 'not-heard' };

/** The steps behind each thing that happened, so many milliseconds after the one before. */
function stepsOf(atEnd: AtEnd, happened: readonly (readonly [SoundHappened, afterMs?: number])[]) {
  let program: SoundProgram = beginSound(first, atEnd);
  let nowMs = 1000;
  const findings: number[] = [];
  const steps = happened.map(([event, afterMs = 2000]) => {
    nowMs += afterMs;
    const advanced = advanceSound(program, event, nowMs);
    program = advanced.program;
    findings.push(...advanced.findings.map(({ code }) => code));
    return inWords(program.step);
  });
  return { steps, findings };
}

const again = `POST ${documentUrl}`;
const play = '<Play>https://e/a</Play>';

describe('a document', () => {
  it('is asked for first, and heard verb by verb', () => {
    expect(inWords(beginSound(first, 'over').step)).toBe(again);
    const verbs = documentOf(`${play}<Say>hi</Say><Pause length="3"/>`);
    expect(stepsOf('over', [[verbs], [done], [done], [done, 3000]]).steps).toEqual([
      'play https://e/a',
      'say hi',
      'rest 3000',
      'over',
    ]);
  });

  it('that is over is asked for again where the flavour says so, without a wait', () => {
    const { steps } = stepsOf('again', [[documentOf(play)], [done], [documentOf(play)], [done]]);
    expect(steps).toEqual(['play https://e/a', again, 'play https://e/a', again]);
  });

  it('of less than a second is followed by a second of rest, and by silence after the third in a row', () => {
    const short = [documentOf(play), 500] as const;
    const end = [done, 400] as const;
    const rest = [done, 1000] as const;
    const { steps } = stepsOf('again', [short, end, rest, short, end, rest, short, end]);
    expect(steps).toEqual([
      ...['play https://e/a', 'rest 1000', again],
      ...['play https://e/a', 'rest 1000', again],
      ...['play https://e/a', 'over'],
    ]);
    // A long one between them begins the count anew.
    const forgiven = stepsOf('again', [short, end, rest, short, end, rest, short, [done, 5000], short, end]);
    expect(forgiven.steps.slice(-3)).toEqual([again, 'play https://e/a', 'rest 1000']);
  });

  it.each([
    ['nothing', ''],
    ['a pause', '<Pause length="60"/>'],
    ['what cannot be heard', play],
  ])('of %s is as one that is too short, however long it lasts', (_, verbs) => {
    const run: (readonly [SoundHappened, number?])[] = [[documentOf(verbs)]];
    if (verbs !== '') run.push([verbs === play ? notHeard : done, 60_000]);
    const rest = [done, 1000] as const;
    const { steps } = stepsOf('again', [...run, rest, ...run, rest, ...run]);
    expect(steps.filter((step) => step === 'rest 1000')).toHaveLength(2);
    expect(steps.at(-1)).toMatch(/^over/);
  });

  it('that cannot be had is silence, the first as any later one', () => {
    expect(stepsOf('again', [[notFetched]]).steps).toEqual(['over, with nothing']);
    expect(stepsOf('again', [[documentOf(play)], [done], [notFetched]]).steps.at(-1)).toBe('over');
  });

  it('says whether anything was heard of it', () => {
    expect(stepsOf('over', [[documentOf(play + play)], [notHeard], [notHeard]]).steps.at(-1)).toBe(
      'over, with nothing',
    );
    expect(stepsOf('over', [[documentOf(play + play)], [notHeard], [done]]).steps.at(-1)).toBe('over');
    expect(stepsOf('over', [[documentOf('')]]).steps).toEqual(['over']);
  });
});

describe('<Redirect>', () => {
  const elsewhere = documentOf('<Redirect method="GET">https://e/next</Redirect>');

  it('goes on elsewhere, and with nothing in it to where the document came from', () => {
    expect(stepsOf('over', [[elsewhere], [documentOf(play)], [done]]).steps).toEqual([
      'GET https://e/next',
      'play https://e/a',
      'over',
    ]);
    expect(stepsOf('over', [[documentOf(`${play}<Redirect/>`)], [done]]).steps.at(-1)).toBe(again);
  });

  it('with nothing to hear is followed fifty times a minute and no more', () => {
    const hops = (count: number, afterMs: number) => Array.from({ length: count }, () => [elsewhere, afterMs] as const);
    const chain = stepsOf('again', hops(hopsMax + 1, 100));
    expect(chain.steps.slice(-2)).toEqual(['GET https://e/next', 'over, with nothing']);
    expect(chain.findings).toEqual([11_215]);
    // Slower than that it may go on for ever.
    expect(stepsOf('again', hops(3 * hopsMax, 1300)).steps.at(-1)).toBe('GET https://e/next');
  });

  it('to itself may go on for ever when something is heard', () => {
    const round = [
      [documentOf(`${play}<Redirect/>`), 10],
      [done, 200],
    ] as const;
    const rounds = Array.from({ length: 2 * hopsMax }, () => round).flat();
    expect(stepsOf('over', rounds).steps.at(-1)).toBe(again);
  });
});

describe('direct audio', () => {
  it('goes round where documents are asked for again, and is heard once elsewhere', () => {
    expect(stepsOf('again', [[audio]]).steps).toEqual(['round and round']);
    expect(stepsOf('over', [[audio], [done]]).steps).toEqual(['once', 'over']);
  });

  it('that ends all the same, as a stream does, is asked for again', () => {
    expect(stepsOf('again', [[audio], [done]]).steps).toEqual(['round and round', again]);
    expect(stepsOf('again', [[audio], [done, 100]]).steps.at(-1)).toBe('rest 1000');
  });
});

describe('a verb that is not to be heard', () => {
  it.each(['Dial', 'Hangup', 'Gather', 'Record', 'Enqueue'])('<%s> is passed over with 13238', (name) => {
    expect(parsedSoundOf(`<${name}/>${play}`)).toMatchObject({
      document: { verbs: [{ kind: 'play' }] },
      findings: [{ code: 13_238, level: 'warning', where: `/Response/${name}[1]` }],
    });
  });
});

/** The sum of the demo: each claim of the screenplay, and whether the evidence bears it out. */
import { silenceDb } from '../caller/levels.js';
import type { Arrivals } from '../caller/recording.js';
import { type Finding, holds } from './evidence.js';
import { type Name, screenplay } from './screenplay.js';
import type { Testimony } from './webhook-witness.js';

export type Verdict = { readonly claim: string; readonly isTrue: boolean; readonly figures: string };

export type Case = {
  readonly findings: readonly Finding[];
  readonly arrivals: ReadonlyMap<Name, Arrivals>;
  readonly testimonies: readonly Testimony[];
};

/** Share of frames that may be missing: the machine itself stops for a moment now and then. */
const missingShareMax = 0.005;

/** The order in which this conference must be told, whatever happens between. */
const milestones = ['participant-join', 'conference-start', 'participant-mute', 'participant-modify', 'conference-end'];

const decibels = (value: number): string => (value <= silenceDb ? 'silence' : `${Math.round(value) + 0} dB`);

function heard(claim: string, findings: readonly Finding[]): Verdict {
  const wanted = findings.filter((finding) => finding.wanted);
  const unwanted = findings.filter((finding) => !finding.wanted);
  const faults = findings.filter((finding) => !holds(finding));
  const faintest = Math.min(...wanted.map(({ gainDb }) => gainDb));
  const loudest = Math.max(...unwanted.map(({ gainDb }) => gainDb));
  const figures = [
    ...(wanted.length === 0 ? [] : [`${decibels(faintest)} or more where it belongs`]),
    ...(unwanted.length === 0 ? [] : [`${decibels(loudest)} elsewhere`]),
    ...faults.map(({ speaker, listener, gainDb }) => `${speaker} to ${listener}: ${decibels(gainDb)}`),
  ];
  return { claim, isTrue: findings.length > 0 && faults.length === 0, figures: figures.join(', ') };
}

function audio(findings: readonly Finding[]): readonly Verdict[] {
  let line = 0;
  return screenplay.flatMap((step) => {
    if (step.kind !== 'say') return [];
    const [first, past] = [line, line + step.lines.length];
    line = past;
    return [
      heard(
        step.claim,
        findings.filter((finding) => finding.line >= first && finding.line < past),
      ),
    ];
  });
}

function frames(arrivals: ReadonlyMap<Name, Arrivals>): Verdict {
  const all = [...arrivals.values()];
  const packets = all.reduce((sum, one) => sum + one.packets, 0);
  const missing = all.reduce((sum, one) => sum + one.missing, 0);
  const isTrue = packets > 0 && missing <= packets * missingShareMax;
  return { claim: 'no frame is missing', isTrue, figures: `${missing} of ${packets}` };
}

function callbacks(testimonies: readonly Testimony[]): readonly Verdict[] {
  const count = testimonies.length;
  const signed = testimonies.filter(({ isSigned }) => isSigned).length;
  const inOrder = testimonies.filter(({ isInOrder }) => isInOrder).length;
  const places = milestones.map((event) => testimonies.findIndex((testimony) => testimony.event === event));
  const isStory = places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1));
  return [
    { claim: 'every webhook is signed', isTrue: count > 0 && signed === count, figures: `${signed} of ${count}` },
    {
      claim: 'webhooks come in order, none is missing, the end is told last',
      isTrue: isStory && inOrder === count && testimonies.at(-1)?.event === 'conference-end',
      figures: `#1 to #${testimonies.at(-1)?.sequence ?? 0}`,
    },
  ];
}

export function judge({ findings, arrivals, testimonies }: Case): readonly Verdict[] {
  return [...audio(findings), frames(arrivals), ...callbacks(testimonies)];
}

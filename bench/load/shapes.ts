/** Who is in which room, says what and hears whom: the shapes a load may have. */

export const codings = ['pcmu', 'opus'] as const;
export type Coding = (typeof codings)[number];

/** One telephone's part. */
export type Part = {
  readonly room: string;
  /** By the names of bench/load/generator/voice.h. */
  readonly voice: string;
  /** Numbers of the telephones whose voices it hears. */
  readonly hears: readonly number[];
  /** Others speak beside those, softer. */
  readonly inCrowd?: boolean;
  readonly muted?: boolean;
  /** It comes and goes while the others talk. */
  readonly comesAndGoes?: boolean;
  /** It is what a storm of commands is about: muted and unmuted, and says nothing anyway. */
  readonly isStormed?: boolean;
};

export type Shape = {
  readonly title: string;
  /** Legs come in as many at a time. */
  readonly step: number;
  /** Every frame is judged to the bit, in PCMU alone, not stretches of speech. */
  readonly isOfTones?: boolean;
  part(leg: number): Part;
};

/** How many talk loudly where everybody talks: as many as a daemon mixes of a large room (PARLEY_TALKERS_MAX). */
const leaders = 6;
const voices = 8;
const softerDb = -14;

const range = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, step) => from + step);
const others = (from: number, count: number, leg: number): readonly number[] =>
  range(from, count).filter((other) => other !== leg);

/** Rooms of `talkers` who all talk, and of as many more as `size` says who do not. */
function rooms(size: number, talkers: number, voiceOf: (leg: number) => string, quiet: Partial<Part>) {
  return (leg: number): Part => {
    const place = leg % size;
    const first = leg - place;
    const part = { room: `room ${first / size}`, hears: others(first, talkers, leg) };
    return place < talkers ? { ...part, voice: voiceOf(leg) } : { ...part, voice: 'silence', ...quiet };
  };
}

const speech = (leg: number): string => `speech:${leg % voices}:0`;
const tone = (leg: number): string => `tone:${leg % 20}`;

export const shapes = {
  'rooms-of-3': { title: 'Rooms of three, everyone talking', step: 3, part: rooms(3, 3, speech, {}) },
  'one-room': {
    title: 'One room, everyone talking',
    step: 1,
    part: (leg) => ({
      room: 'all',
      voice: leg < leaders ? `speech:${leg}:0` : `speech:${leaders + (leg % (voices - leaders))}:${softerDb}`,
      hears: others(0, leaders, leg),
      inCrowd: true,
    }),
  },
  webinar: {
    title: 'One talker, everyone else listens',
    step: 1,
    part: (leg) =>
      leg === 0
        ? { room: 'webinar', voice: 'speech:0:0', hears: [] }
        : { room: 'webinar', voice: 'silence', hears: [0], muted: true },
  },
  churn: {
    title: 'Rooms of three who talk; a fourth comes and goes',
    step: 4,
    part: rooms(4, 3, speech, { comesAndGoes: true }),
  },
  tones: { title: 'Rooms of three tones', step: 3, isOfTones: true, part: rooms(3, 3, tone, {}) },
  storm: {
    title: 'Rooms of three tones; a fourth is muted and unmuted',
    step: 4,
    isOfTones: true,
    part: rooms(4, 3, tone, { isStormed: true }),
  },
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as readonly ShapeName[];
export const shapeOf = (name: ShapeName): Shape => shapes[name];

/** The least number of legs from `wanted` on that the shape can have. */
export const legsOf = ({ step }: Shape, wanted: number): number => Math.max(step, Math.ceil(wanted / step) * step);

/** Who takes part in the demo, and what happens: data, so that the checks can be read off it. */
import type { Ink } from '../draw/scene.js';
import type { Colour } from '../paint.js';

export const names = ['Mona', 'Ana', 'Ben', 'Carla', 'Dex'] as const;
export type Name = (typeof names)[number];

export type CastMember = {
  readonly name: Name;
  readonly role: string;
  /** espeak-ng voice, pitch 0 to 99, words a minute. */
  readonly voice: { readonly name: string; readonly pitch: number; readonly wordsPerMinute: number };
  readonly media:
    | { readonly kind: 'rtp'; readonly law: 'pcmu' | 'pcma' }
    | { readonly kind: 'grpc'; readonly rateHz: 16_000 };
  readonly startConferenceOnEnter: boolean;
  readonly endConferenceOnExit: boolean;
  readonly ink: Ink;
  readonly colour: Colour;
};

const guest = { startConferenceOnEnter: false, endConferenceOnExit: false } as const;

export const cast: Readonly<Record<Name, CastMember>> = {
  Mona: {
    name: 'Mona',
    role: 'moderator',
    voice: { name: 'en-gb-x-rp+f2', pitch: 55, wordsPerMinute: 165 },
    media: { kind: 'rtp', law: 'pcmu' },
    startConferenceOnEnter: true,
    endConferenceOnExit: true,
    ink: '#7c3aed',
    colour: 'magenta',
  },
  Ana: {
    name: 'Ana',
    role: 'agent',
    voice: { name: 'en-us+f4', pitch: 70, wordsPerMinute: 170 },
    media: { kind: 'rtp', law: 'pcma' },
    ...guest,
    ink: '#059669',
    colour: 'green',
  },
  Ben: {
    name: 'Ben',
    role: 'customer',
    voice: { name: 'en-gb-scotland+m3', pitch: 35, wordsPerMinute: 170 },
    media: { kind: 'rtp', law: 'pcmu' },
    ...guest,
    ink: '#2563eb',
    colour: 'blue',
  },
  Carla: {
    name: 'Carla',
    role: 'coach',
    voice: { name: 'en-029+f3', pitch: 45, wordsPerMinute: 170 },
    media: { kind: 'rtp', law: 'pcma' },
    ...guest,
    ink: '#ea580c',
    colour: 'yellow',
  },
  Dex: {
    name: 'Dex',
    role: 'voice bot',
    voice: { name: 'en-us+m7', pitch: 20, wordsPerMinute: 185 },
    media: { kind: 'grpc', rateHz: 16_000 },
    ...guest,
    ink: '#0891b2',
    colour: 'cyan',
  },
};

export type Line = { readonly who: Name; readonly text: string; readonly heardBy: readonly Name[] };

export type Step =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'enter'; readonly who: Name }
  /** All at once; `claim` is what the recordings must show. */
  | { readonly kind: 'say'; readonly lines: readonly Line[]; readonly claim: string }
  | { readonly kind: 'mute'; readonly who: Name; readonly muted: boolean }
  /** Null ends the coaching. */
  | { readonly kind: 'coach'; readonly who: Name; readonly target: Name | null }
  | { readonly kind: 'leave'; readonly who: Name };

const everybodyBut = (who: Name): readonly Name[] => names.filter((name) => name !== who);
const toAll = (who: Name, text: string): Line => ({ who, text, heardBy: everybodyBut(who) });
const alone = (line: Line, claim: string): Step => ({ kind: 'say', lines: [line], claim });

export const screenplay: readonly Step[] = [
  { kind: 'title', text: 'Four wait for the moderator' },
  { kind: 'enter', who: 'Ana' },
  { kind: 'enter', who: 'Ben' },
  { kind: 'enter', who: 'Carla' },
  { kind: 'enter', who: 'Dex' },
  alone({ who: 'Ben', text: 'Hello? Is anybody there?', heardBy: [] }, 'nobody is heard while they wait'),
  { kind: 'title', text: 'The moderator enters: the conference starts' },
  { kind: 'enter', who: 'Mona' },
  alone(toAll('Mona', 'Good morning, everybody. Ben, what can we do for you?'), 'all hear the moderator'),
  alone(toAll('Ben', 'My parcel never came, and nobody calls me back.'), 'all hear a caller over RTP'),
  alone(toAll('Dex', 'It left the warehouse on Monday at nine.'), 'all hear the bot over gRPC'),
  { kind: 'title', text: 'Two at once' },
  {
    kind: 'say',
    lines: [
      toAll('Ben', 'No, that is wrong. It was Tuesday, and I have the receipt here.'),
      toAll('Ana', 'One moment please, I will look that up for you right now.'),
    ],
    claim: 'two at once are both heard, each by all but itself',
  },
  { kind: 'title', text: 'Ben is muted' },
  { kind: 'mute', who: 'Ben', muted: true },
  alone({ who: 'Ben', text: 'Can you hear me? I am still talking.', heardBy: [] }, 'a muted caller is heard by nobody'),
  { kind: 'mute', who: 'Ben', muted: false },
  { kind: 'title', text: 'Carla coaches Ana' },
  { kind: 'coach', who: 'Carla', target: 'Ana' },
  alone(
    { who: 'Carla', text: 'Offer him a refund. He will take it.', heardBy: ['Ana'] },
    'the coach is heard by the agent only',
  ),
  alone(toAll('Ana', 'Ben, we will refund you today.'), 'the agent is heard by all, the coach too'),
  { kind: 'title', text: 'The moderator leaves: the conference ends' },
  alone(toAll('Mona', 'Then we are done. Goodbye.'), 'all hear the last word'),
  { kind: 'leave', who: 'Mona' },
];

/** Sounds that a test answers with, and what became of each: no HTTP, no audio. */
import type {
  DocumentOrSound,
  Sound,
  SoundFailure,
  SoundPort,
  SoundRequest,
  Words,
} from '../../src/app/sounds/sound-port.js';
import { noVoiceCode, releasedFailure } from '../../src/app/sounds/sound-port.js';
import { assert } from '../../src/base/assert.js';
import { err, ok, type Result } from '../../src/base/result.js';
import { wholeClip } from '../../src/media/clip-memory.js';
import type { ClipId, EnginePort } from '../../src/media/engine-port.js';
import type { AskedFor } from './fake-documents.js';

/** What was given out: the test ends, breaks or counts it. */
export type FakeSound = {
  /** `music`, `enter`, `exit`, the text that was said, or a URL. */
  readonly of: string;
  readonly sound: Sound;
  isReleased: boolean;
  /** Resolves `sound.decoded`. */
  decode(outcome: Result<number, SoundFailure>): void;
};

export type FakeAnswer =
  /** The verbs of a `<Response>`. */
  { readonly verbs: string } | { readonly kind: Sound['kind']; readonly durationMs: number | null } | SoundFailure;

/** As `FakeSounds`, of clips that this engine knows. */
export const soundsOf = (engine: EnginePort): FakeSounds =>
  new FakeSounds(() => {
    const clip = engine.openClip(wholeClip(0));
    assert(clip.ok, 'a clip is opened');
    return clip.value;
  });

/** Clips are numbered by `openClip`, so that a fake engine can know them. */
export class FakeSounds implements SoundPort {
  readonly asked: AskedFor[] = [];
  readonly given: FakeSound[] = [];
  /** Null: no voice is installed. Else what a text lasts, ms. */
  speechMs: ((words: Words) => number) | null = null;
  readonly #answers = new Map<string, FakeAnswer | Promise<FakeAnswer>>();
  readonly #openClip: () => ClipId;
  readonly #clips = new Map<string, ClipId>();

  constructor(openClip: () => ClipId = countingClips()) {
    this.#openClip = openClip;
  }

  answer(url: string, answer: FakeAnswer | Promise<FakeAnswer>): void {
    this.#answers.set(url, answer);
  }

  /** Those that nobody released. */
  held(): readonly string[] {
    return this.given.filter(({ isReleased }) => !isReleased).map(({ of }) => of);
  }

  music(): Sound {
    return this.#give('music', 'whole', 32_000);
  }

  beep(which: 'enter' | 'exit'): Sound {
    return this.#give(which, 'whole', 250);
  }

  async say(words: Words): Promise<Result<Sound, SoundFailure>> {
    if (this.speechMs === null) return err({ code: noVoiceCode, rule: 'no voice is installed' });
    return ok(this.#give(words.text, 'whole', this.speechMs(words)));
  }

  async fetch({ target, parameters }: SoundRequest): Promise<Result<DocumentOrSound, SoundFailure>> {
    this.asked.push({ method: target.method, url: target.url, parameters: Object.fromEntries(parameters) });
    const answer = (await this.#answers.get(target.url)) ?? notFound;
    if ('code' in answer) return err(answer);
    if ('kind' in answer) {
      return ok({ kind: 'sound', sound: this.#give(target.url, answer.kind, answer.durationMs) });
    }
    const body = new TextEncoder().encode(`<Response>${answer.verbs}</Response>`);
    return ok({ kind: 'document', url: target.url, body });
  }

  async audio(request: SoundRequest): Promise<Result<Sound, SoundFailure>> {
    const fetched = await this.fetch(request);
    if (!fetched.ok) return fetched;
    return fetched.value.kind === 'sound' ? ok(fetched.value.sound) : err({ code: 12_300, rule: 'a document' });
  }

  /** One clip for each thing that is whole, as the cache has it; one for each playing of a stream. */
  #clipOf(of: string, kind: Sound['kind']): ClipId {
    const clip = (kind === 'whole' ? this.#clips.get(of) : undefined) ?? this.#openClip();
    this.#clips.set(of, clip);
    return clip;
  }

  #give(of: string, kind: Sound['kind'], durationMs: number | null): Sound {
    let decode: FakeSound['decode'] = () => {};
    const decoded = new Promise<Result<number, SoundFailure>>((resolve) => {
      decode = resolve;
    });
    const given: FakeSound = {
      of,
      sound: {
        clip: this.#clipOf(of, kind),
        kind,
        durationMs: kind === 'whole' ? durationMs : null,
        decoded,
        release: () => {
          given.isReleased = true;
          decode(err(releasedFailure));
        },
      },
      isReleased: false,
      decode,
    };
    if (kind === 'whole' && durationMs !== null) decode(ok(durationMs));
    this.given.push(given);
    return given.sound;
  }
}

const notFound: SoundFailure = { code: 11_217, rule: 'the answer was 404' };

function countingClips(): () => ClipId {
  let opened = 0;
  return () => {
    opened += 1;
    return opened as ClipId;
  };
}

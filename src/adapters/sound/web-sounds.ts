/** Sounds of the web application: asked for, decoded, and kept as long as they are known to be the same. */
import type { Metrics } from '../../app/metrics.js';
import type { DocumentOrSound, SoundFailure, SoundRequest } from '../../app/sounds/sound-port.js';
import type { Keeping, WebAnswer, WebBody, WebContent, WebContents } from '../../app/web-content.js';
import { monotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { sniffedBytes } from '../../sound/format.js';
import type { SharedClip } from './clip.js';
import type { ClipCache, KeptClip } from './clip-cache.js';
import type { ClipMaker, MadeClip } from './clip-maker.js';
import { checkDocument, encodingOf } from './encoding.js';
import { freshnessOf } from './freshness.js';

export type WebSoundsParts = {
  readonly contents: WebContents;
  readonly maker: ClipMaker;
  readonly cache: ClipCache;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** What is not longer is kept whole. */
  readonly wholeMsMax: number;
};

type Source = 'fresh' | 'still-the-same' | 'decoded' | 'document' | 'failed';
type Obtained = Result<DocumentOrSound, SoundFailure>;
/** `clip`: that of the sound, where others may play it too. */
type Answered = { readonly obtained: Obtained; readonly clip: SharedClip | null };

export class WebSounds {
  readonly #parts: WebSoundsParts;
  /** Requests for audio under way, by all that they are made with. */
  readonly #underWay = new Map<string, Promise<Answered>>();

  constructor(parts: WebSoundsParts) {
    this.#parts = parts;
  }

  /** Each request is made, for a document is meant for one call; unless what it had is known to be fresh. */
  async fetch(request: SoundRequest): Promise<Obtained> {
    return (await this.#obtain(request)).obtained;
  }

  /** As `fetch`; requests for the same at the same time are one, but each has its own stream. */
  async audio(request: SoundRequest): Promise<Obtained> {
    const wire = wireOf(request);
    const underWay = this.#underWay.get(wire);
    if (underWay !== undefined) {
      const { clip } = await underWay;
      if (clip?.isOpen()) {
        this.#count('fresh');
        return ok({ kind: 'sound', sound: clip.sound() });
      }
    }
    const answered = this.#obtain(request);
    this.#underWay.set(wire, answered);
    const { obtained } = await answered;
    if (this.#underWay.get(wire) === answered) this.#underWay.delete(wire);
    return obtained;
  }

  #count(source: Source): void {
    this.#parts.metrics.count('parley_sound_requests_total', { outcome: source });
  }

  async #obtain(request: SoundRequest): Promise<Answered> {
    const { cache, clock, contents } = this.#parts;
    const key = keyOf(request);
    const kept = cache.find(key);
    if (kept !== null && isFresh(kept, request, clock)) {
      this.#count('fresh');
      return given(kept.clip);
    }
    // Held meanwhile, so that it is still there when the answer is that it is the same.
    const held = kept?.clip.sound() ?? null;
    const answer = await contents.open({ ...request, unlessStill: kept?.keeping.validators ?? null });
    const answered = kept === null ? null : this.#stillTheSame(kept, answer, request);
    held?.release();
    return answered ?? this.#taken(answer, request);
  }

  #stillTheSame(kept: KeptClip, answer: WebAnswer, request: SoundRequest): Answered | null {
    const keeping = sameAs(kept, answer);
    if (keeping === null) return null;
    if (answer.kind === 'content') answer.content.body.cancel();
    this.#parts.cache.refresh(keyOf(request), this.#keptAs(kept.clip, request, keeping));
    this.#count('still-the-same');
    return given(kept.clip);
  }

  async #taken(answer: WebAnswer, request: SoundRequest): Promise<Answered> {
    switch (answer.kind) {
      case 'failed':
        return this.#failed(answer.failure);
      case 'still-the-same':
        return this.#failed({ code: 11_217, rule: 'the answer was 304, to a request without conditions' });
      case 'document': {
        const checked = checkDocument(answer.body);
        if (!checked.ok) return this.#failed(checked.error);
        this.#count('document');
        return { obtained: ok(answer), clip: null };
      }
      case 'content': {
        const made = await this.#made(answer.content);
        if (!made.ok) return this.#failed(made.error);
        this.#count('decoded');
        const { clip, kind } = made.value;
        const answered = given(clip);
        this.#keep(made.value, request, answer.content.keeping);
        return kind === 'whole' ? answered : { ...answered, clip: null };
      }
    }
  }

  #failed(failure: SoundFailure): Answered {
    this.#count('failed');
    return { obtained: err(failure), clip: null };
  }

  async #made({ type, bytes, body }: WebContent): Promise<Result<MadeClip, SoundFailure>> {
    const first = await firstOf(body);
    const encoding = first.ok ? encodingOf(type, first.value) : first;
    if (!first.ok || !encoding.ok) {
      body.cancel();
      return encoding.ok ? err({ code: 11_200, rule: 'no answer' }) : encoding;
    }
    const { maker, wholeMsMax } = this.#parts;
    const task = { encoding: encoding.value, bodyBytes: bytes, wholeMsMax, mustBeWhole: false };
    return maker.make({ body, first: first.value }, task);
  }

  #keptAs(clip: KeptClip['clip'], request: SoundRequest, keeping: Keeping): KeptClip {
    const freshness = freshnessOf(keeping);
    const freshMs = freshness.kind === 'kept' ? freshness.seconds * 1000 : 0;
    const freshUntilMs = monotonicMs(this.#parts.clock.monotonic() + freshMs);
    return { clip, keeping, wire: wireOf(request), freshUntilMs };
  }

  /** What is whole is kept from its first sample on; a stream when it has turned out to be short. */
  #keep({ clip, kind, bytes, copy }: MadeClip, request: SoundRequest, keeping: Keeping): void {
    if (freshnessOf(keeping).kind === 'none') return;
    const { cache } = this.#parts;
    const key = keyOf(request);
    const measured = (of: KeptClip['clip']): void => {
      void bytes.then((count) => (count === null ? cache.forget(key, of) : cache.measure(key, of, count)));
    };
    const kept = (of: KeptClip['clip']): void => {
      cache.keep(key, this.#keptAs(of, request, keeping));
      measured(of);
    };
    if (kind === 'whole') kept(clip);
    else void copy().then((whole) => (whole === null ? undefined : kept(whole)));
  }
}

const given = (clip: SharedClip): Answered => ({ obtained: ok({ kind: 'sound', sound: clip.sound() }), clip });

/** An account shares with no other. The fragment is not sent; its parameters may be another call's. */
const keyOf = ({ accountSid, target }: SoundRequest): string =>
  `${accountSid} ${target.method} ${target.url.split('#', 1)[0]}`;

const wireOf = (request: SoundRequest): string =>
  `${keyOf(request)} ${new URLSearchParams([...request.parameters]).toString()}`;

const isFresh = ({ wire, freshUntilMs }: KeptClip, request: SoundRequest, clock: Clock): boolean =>
  request.target.method === 'GET' && wire === wireOf(request) && clock.monotonic() < freshUntilMs;

/** What to keep by from now on, where the answer is what is kept already: said so, or by its tag. */
function sameAs(kept: KeptClip, answer: WebAnswer): Keeping | null {
  if (answer.kind === 'still-the-same') {
    const { etag, lastModified } = answer.keeping.validators;
    const { validators } = kept.keeping;
    return {
      ...answer.keeping,
      validators: { etag: etag ?? validators.etag, lastModified: lastModified ?? validators.lastModified },
    };
  }
  if (answer.kind !== 'content') return null;
  const { etag } = answer.content.keeping.validators;
  return etag !== null && etag === kept.keeping.validators.etag ? answer.content.keeping : null;
}

/** As much as tells what it is. */
async function firstOf(body: WebBody): Promise<Result<Uint8Array, SoundFailure>> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < sniffedBytes) {
    const piece = await body.read();
    if (piece.kind === 'failed') return err(piece.failure);
    if (piece.kind === 'end') break;
    pieces.push(piece.bytes);
    bytes += piece.bytes.length;
  }
  return ok(Buffer.concat(pieces));
}

/**
 * What a media stream has to say to its client, in order. A client that does not read loses the oldest frames beyond a
 * second, and hears how many; answers are never lost, so a client that leaves too many unread loses the stream.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { MonotonicMs } from '../../base/brands.js';
import type { StreamResponseSchema } from '../../gen/parley/v1/media_service_pb.js';
import { joinFrames, type LegFrame } from './frames.js';
import type { Outgoing } from './outgoing.js';

export type MediaReply = NonNullable<MessageInitShape<typeof StreamResponseSchema>['message']>;

export const framesAgeMsMax = 1000;
export const answersMax = 4096;

type Item =
  | { readonly kind: 'frames'; readonly atMs: MonotonicMs; readonly frames: readonly LegFrame[] }
  | { readonly kind: 'answer'; readonly reply: MediaReply };

export class MediaOutput {
  readonly #outgoing: Outgoing<{ readonly message: MediaReply }>;
  readonly #gaps = new Map<number, number>();
  #waiting: Item[] = [];
  #answers = 0;

  constructor(outgoing: Outgoing<{ readonly message: MediaReply }>) {
    this.#outgoing = outgoing;
    outgoing.onReady(() => this.#flush());
  }

  /** False when too many answers wait unread: the stream must end. */
  answer(reply: MediaReply): boolean {
    this.#waiting.push({ kind: 'answer', reply });
    this.#answers += 1;
    this.#flush();
    return this.#answers <= answersMax;
  }

  /** Frames of one pump; returns how many older ones were dropped. */
  frames(frames: readonly LegFrame[], nowMs: MonotonicMs): number {
    if (frames.length > 0) this.#waiting.push({ kind: 'frames', atMs: nowMs, frames });
    this.#flush();
    return this.#dropOlderThan(nowMs - framesAgeMsMax);
  }

  /** The number means another leg from now on. */
  forget(leg: number): void {
    this.#gaps.delete(leg);
    this.#waiting = this.#waiting
      .map((item) =>
        item.kind === 'answer' ? item : { ...item, frames: item.frames.filter((each) => each.leg !== leg) },
      )
      .filter((item) => item.kind === 'answer' || item.frames.length > 0);
  }

  #dropOlderThan(oldestMs: number): number {
    let dropped = 0;
    const kept = this.#waiting.filter((item) => {
      if (item.kind === 'answer' || item.atMs >= oldestMs) return true;
      for (const { leg } of item.frames) this.#gaps.set(leg, (this.#gaps.get(leg) ?? 0) + 1);
      dropped += item.frames.length;
      return false;
    });
    if (dropped > 0) this.#waiting = kept;
    return dropped;
  }

  #flush(): void {
    let written = 0;
    for (const item of this.#waiting) {
      if (!this.#outgoing.isReady()) break;
      this.#write(item);
      written += 1;
    }
    this.#waiting.splice(0, written);
  }

  #write(item: Item): void {
    if (item.kind === 'answer') {
      this.#answers -= 1;
      this.#outgoing.write({ message: item.reply });
      return;
    }
    for (const { leg } of item.frames) {
      const frames = this.#gaps.get(leg);
      if (frames === undefined) continue;
      this.#gaps.delete(leg);
      this.#outgoing.write({ message: { case: 'gap', value: { leg, frames } } });
    }
    this.#outgoing.write({ message: { case: 'frames', value: joinFrames(item.frames) } });
  }
}

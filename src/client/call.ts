/** A call of this client in a room: it hears, says, can be interrupted, and is a participant like any other. */
import { Readable } from 'node:stream';
import { CallService, type DialResponse } from '../gen/parley/v1/call_service_pb.js';
import type { Warning } from '../gen/parley/v1/web_pb.js';
import type { ApiClient } from './api-client.js';
import type { Coding } from './coding.js';
import { Conference } from './conference.js';
import { type HeardFrame, Hearing } from './hearing.js';
import type { LegListener, LineLeg, MediaLine } from './media-line.js';
import type { ParleyError } from './parley-error.js';
import { Playback, type Played, type PlayOptions } from './playback.js';
import { open, type SoundSource } from './sound-source.js';
import type { Turn, TurnOptions } from './turns.js';
import { pcmBytes } from './wav.js';
import { saveWav } from './wav-file.js';

export class Call implements AsyncDisposable {
  readonly sid: string;
  readonly rateHz: number;
  /** What was odd about how it was dialled. */
  readonly warnings: readonly Warning[];
  /** Resolves when the call is over or was closed; rejects when its media broke. */
  readonly ended: Promise<void>;
  /** What it was joined with, `from`; null when there was nothing. Rejects when that cannot be read. */
  said: Promise<Played> | null = null;
  /** What the daemon could not do with its media. */
  onComplaint: (error: ParleyError) => void = () => {};
  readonly #client: ApiClient;
  readonly #conference: Conference;
  readonly #hearing: Hearing;
  readonly #playback: Playback;
  #leg: LineLeg | null = null;
  #isOver = false;

  private constructor(client: ApiClient, { callSid, conferenceSid, warnings }: DialResponse, coding: Coding) {
    this.sid = callSid;
    this.rateHz = coding.rateHz;
    this.warnings = warnings;
    this.#client = client;
    this.#conference = new Conference(client, conferenceSid);
    this.#hearing = new Hearing(coding.rateHz);
    const speaker = {
      send: (frame: Int16Array) => this.#leg?.send(coding.encode(frame)),
      mark: (name: string) => this.#leg?.mark(name),
      clear: () => this.#leg?.clear(),
    };
    this.#playback = new Playback(speaker, coding.rateHz);
    this.ended = new Promise((resolve, reject) => {
      this.#whenEnded = (error) => (error === null ? resolve() : reject(error));
    });
    // Whoever does not ask is told by what it was doing.
    this.ended.catch(() => {});
  }

  #whenEnded: (error: ParleyError | null) => void = () => {};

  /** Attaches a call that was dialled to a line. Rejects, and hangs up, when that fails. */
  static async attach(client: ApiClient, line: MediaLine, dialled: DialResponse, coding: Coding): Promise<Call> {
    const call = new Call(client, dialled, coding);
    try {
      call.#leg = await line.attach(call.sid, call.#listener(coding));
    } catch (error) {
      await call.#hangUp();
      throw error;
    }
    return call;
  }

  get conferenceSid(): string {
    return this.#conference.sid;
  }

  /** The conference it is in. */
  get conference(): Conference {
    return this.#conference;
  }

  /** How many read what it hears. */
  get readers(): number {
    return this.#hearing.readers;
  }

  /** What it hears from now on. Ends with the call; throws when the media breaks. A slow reader loses the oldest. */
  heard(): AsyncIterableIterator<HeardFrame> {
    return this.#hearing.frames();
  }

  /** The same as bytes: 16-bit samples of one channel, little-endian. */
  heardStream(): Readable {
    const frames = this.heard();
    return new Readable({
      read() {
        frames.next().then(
          ({ done, value }) => this.push(done ? null : pcmBytes(value.samples)),
          (error) => this.destroy(error),
        );
      },
      destroy(error, done) {
        frames.return?.();
        done(error);
      },
    });
  }

  /** The same in a WAV file, what is missing as silence. Resolves, once the call is over or `signal` says so. */
  saveHeard(path: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const frames = this.heard();
    signal?.addEventListener('abort', () => void frames.return?.(), { once: true });
    return saveWav(path, this.rateHz, frames);
  }

  /** What is said in the room from now on, each time somebody has spoken and stopped. */
  turns(options: TurnOptions = {}): AsyncIterableIterator<Turn> {
    return this.#hearing.turns(options);
  }

  /**
   * Says something, after what is being said already. Resolves when it was heard to its end, or interrupted: by
   * `clear`, by the end of the call or, with `bargeIn`, by a voice. Rejects when a file or stream cannot be read.
   */
  async play(source: SoundSource, options: PlayOptions = {}): Promise<Played> {
    return this.#playback.play(await open(source), options);
  }

  /** As `play`, with `said` for its end. */
  begin(source: SoundSource): void {
    this.said = this.play(source);
    this.said.catch(() => {});
  }

  /** Stops what is being said and what waits to be. Resolves once the daemon has, with the frames nobody hears. */
  clear(): Promise<number> {
    return this.#playback.clear();
  }

  mute(muted = true): Promise<void> {
    return this.#conference.mute(this.sid, muted);
  }

  /** It hears hold music, and nobody hears it. */
  hold(hold = true): Promise<void> {
    return this.#conference.hold(this.sid, hold);
  }

  /** Hangs up. What was to be said is not. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#over(null);
    this.#leg?.detach();
    await this.#hangUp();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A call that is over already is what was wanted. */
  async #hangUp(): Promise<void> {
    const hangUp = { callSid: this.sid, update: { case: 'hangUp', value: {} } } as const;
    await this.#client.call(CallService.method.updateCall, hangUp).catch(() => {});
  }

  #listener(coding: Coding): LegListener {
    const hearing = this.#hearing;
    const playback = this.#playback;
    return {
      heard: (payload, voice) => {
        // First of all: those who speak shall be heard.
        if (voice && playback.isInterruptible) void playback.clear();
        hearing.take(coding.decode(payload), voice);
        playback.passed(1);
      },
      gap: (frames) => {
        hearing.miss(frames);
        playback.passed(frames);
      },
      markReached: (name, cleared) => playback.markReached(name, cleared),
      cleared: (framesDropped) => playback.cleared(framesDropped),
      complaint: (error) => this.onComplaint(error),
      ended: (error) => this.#over(error),
    };
  }

  #over(error: ParleyError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hearing.end(error);
    this.#playback.end();
    this.#whenEnded(error);
  }
}

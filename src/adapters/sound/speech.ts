/** Words spoken by eSpeak NG, where it is installed: a process for each text, a few at a time. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Metrics } from '../../app/metrics.js';
import { noVoiceCode, type Sound, type SoundFailure, type Words } from '../../app/sounds/sound-port.js';
import type { WebBody } from '../../app/web-content.js';
import { monotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import type { ClipCache } from './clip-cache.js';
import type { ClipMaker } from './clip-maker.js';
import { readableBody } from './readable-body.js';
import { espeakVoice, installedLanguages } from './voice-name.js';

export type SpeechParts = {
  /** The program; one of the same options. */
  readonly command: string;
  readonly maker: ClipMaker;
  readonly cache: ClipCache;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** Characters of a text that are spoken; what follows is not. Some five minutes. */
export const textCharactersMax = 4096;
/** What a text may last: a figure of many digits has the longest words. */
const spokenMsMax = (text: string): number => Math.min(300_000, 3000 + 1000 * text.length);
const processesMax = 4;
export const waitingMax = 64;
/** It speaks a hundred times as fast as people do. */
const spokenWithinMs = 20_000;

const failure = (rule: string): SoundFailure => ({ code: noVoiceCode, rule });
const notSpoken = failure('the voice did not speak it');
const everFresh = monotonicMs(Number.POSITIVE_INFINITY);

type Outcome = 'kept' | 'spoken' | 'no-voice' | 'refused' | 'failed';

export class Speech {
  readonly #parts: SpeechParts;
  /** Null: not installed. */
  #languages: Promise<ReadonlySet<string> | null> | null = null;
  #processes = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(parts: SpeechParts) {
    this.#parts = parts;
  }

  async say(words: Words): Promise<Result<Sound, SoundFailure>> {
    this.#languages ??= languagesOf(this.#parts.command);
    const languages = await this.#languages;
    if (languages === null) return this.#refused('no-voice', failure('no voice is installed'));
    const text = words.text.slice(0, textCharactersMax).trim();
    if (text === '') return this.#refused('failed', failure('there is nothing to say'));
    const voice = espeakVoice(words, languages);
    const key = `speech ${voice} ${text}`;
    const kept = this.#kept(key);
    if (kept !== null) return ok(kept);
    if (this.#waiting.length >= waitingMax) return this.#refused('refused', failure('too much waits to be said'));
    await this.#turn();
    try {
      // Somebody else may have said it meanwhile.
      const said = this.#kept(key);
      return said === null ? await this.#spoken(text, voice, key) : ok(said);
    } finally {
      this.#processes -= 1;
      this.#waiting.shift()?.();
    }
  }

  #count(outcome: Outcome): void {
    this.#parts.metrics.count('parley_speech_total', { outcome });
  }

  #refused(outcome: Outcome, error: SoundFailure): Result<never, SoundFailure> {
    this.#count(outcome);
    return err(error);
  }

  #kept(key: string): Sound | null {
    const kept = this.#parts.cache.find(key);
    if (kept === null) return null;
    this.#count('kept');
    return kept.clip.sound();
  }

  async #turn(): Promise<void> {
    if (this.#processes >= processesMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#processes += 1;
  }

  async #spoken(text: string, voice: string, key: string): Promise<Result<Sound, SoundFailure>> {
    const { maker, cache } = this.#parts;
    const body = this.#speaking(text, voice);
    const task = { encoding: 'wav' as const, bodyBytes: null, wholeMsMax: spokenMsMax(text), mustBeWhole: true };
    const made = await maker.make({ body, first: new Uint8Array() }, task);
    if (!made.ok) return this.#refused('failed', made.error);
    const { clip, bytes } = made.value;
    const sound = clip.sound();
    const keeping = { validators: { etag: null, lastModified: null }, cacheControl: null, ageSeconds: 0 };
    cache.keep(key, { clip, keeping, wire: key, freshUntilMs: everFresh });
    void bytes.then((count) => (count === null ? cache.forget(key, clip) : cache.measure(key, clip, count)));
    this.#count('spoken');
    return ok(sound);
  }

  /** The text goes in by a pipe, so that nothing of it can be an option. */
  #speaking(text: string, voice: string): WebBody {
    const { command, clock } = this.#parts;
    const child = spawn(command, ['--stdin', '--stdout', '-b', '1', '-z', '-v', voice], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const cancelTimer = clock.after(spokenWithinMs, () => child.kill('SIGKILL'));
    const exited = once(child, 'close').then(
      ([status]) => status === 0,
      () => false,
    );
    void exited.then(cancelTimer);
    // A program that goes away before it has read everything says so by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(text);
    const body = readableBody(child.stdout, () => exited, notSpoken);
    return {
      read: () => body.read(),
      cancel: () => {
        body.cancel();
        child.kill('SIGKILL');
      },
    };
  }
}

/** Null when the program is not there, or has nothing to say. */
function languagesOf(command: string): Promise<ReadonlySet<string> | null> {
  return new Promise((resolve) => {
    execFile(command, ['--voices'], { timeout: 10_000 }, (error, stdout) => {
      const languages = installedLanguages(stdout);
      resolve(error !== null || languages.size === 0 ? null : languages);
    });
  });
}

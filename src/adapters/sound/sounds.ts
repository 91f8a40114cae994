/** All that is heard beside people: hold music and beeps of the project, speech, and sounds of the web. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Metrics } from '../../app/metrics.js';
import type { SoundFailure, SoundPort } from '../../app/sounds/sound-port.js';
import type { WebContents } from '../../app/web-content.js';
import { assert } from '../../base/assert.js';
import type { Clock, Logger } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { ClipWriter, wholeClip } from '../../media/clip-memory.js';
import { type BeepName, beepSamples, renderBeep } from '../../sound/beeps.js';
import { sniff, sniffedBytes } from '../../sound/format.js';
import { holdMusicSamples } from '../../sound/hold-music.js';
import { soundRateHz } from '../../sound/resampler.js';
import { toInt16 } from '../../sound/to-int16.js';
import type { MusicTask } from '../../worker/sound/render-music.js';
import type { ClipTable, SharedClip } from './clip.js';
import { ClipCache } from './clip-cache.js';
import { ClipMaker } from './clip-maker.js';
import { noAudioCode, type SoundJobs } from './decoding.js';
import { readableBody } from './readable-body.js';
import { Speech } from './speech.js';
import { WebSounds } from './web-sounds.js';

export type SoundsParts = {
  readonly contents: WebContents;
  readonly clips: ClipTable;
  readonly jobs: SoundJobs & { renderMusic(task: MusicTask): Promise<void> };
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Samples of sounds kept to be played again. */
  readonly cacheBytesMax: number;
  /** A file in place of the music that is rendered; null: none. */
  readonly musicFile: string | null;
  /** eSpeak NG, by its name or path. */
  readonly speechCommand: string;
};

export interface Sounds extends SoundPort {
  /** Brings the gauges up to date. */
  measure(): void;
}

/** Sounds of the web that are not longer are kept whole: 5.8 MB each at most. */
export const wholeMsMax = 60_000;
/** Music in a file, likewise: 58 MB. */
const musicMsMax = 600_000;
/** As many as the jobs have places for. */
const decodingsMax = 64;

/** Rejects when the engine has no place for music and beeps. A music file that cannot be played is logged. */
export async function createSounds(parts: SoundsParts): Promise<Sounds> {
  const { contents, clips, jobs, clock, metrics, logger, cacheBytesMax, musicFile, speechCommand } = parts;
  const cache = new ClipCache(cacheBytesMax, () => metrics.count('parley_sound_cache_evictions_total', {}));
  const maker = new ClipMaker({ jobs, clips, metrics, decodingsMax });
  const web = new WebSounds({ contents, maker, cache, clock, metrics, wholeMsMax });
  const speech = new Speech({ command: speechCommand, maker, cache, clock, metrics });
  const beeps: Readonly<Record<BeepName, SharedClip>> = {
    enter: rendered(maker, 'enter'),
    exit: rendered(maker, 'exit'),
  };
  const fromFile = musicFile === null ? null : await musicOf(musicFile, maker);
  if (fromFile?.ok === false) logger.error('music-file-refused', { file: musicFile, ...fromFile.error });
  const music = fromFile?.ok === true ? fromFile.value : composed(maker, jobs, logger);
  for (const clip of [music, beeps.enter, beeps.exit]) clip.keep();
  return {
    music: () => music.sound(),
    beep: (which) => beeps[which].sound(),
    say: (words) => speech.say(words),
    fetch: (request) => web.fetch(request),
    async audio(request) {
      const answer = await web.audio(request);
      if (!answer.ok) return answer;
      return answer.value.kind === 'sound' ? ok(answer.value.sound) : err(documentForAudio);
    },
    measure() {
      metrics.set('parley_sound_cache_bytes', {}, cache.bytes());
      metrics.set('parley_sounds_decoding', {}, maker.decodings());
    },
  };
}

const documentForAudio: SoundFailure = { code: 12_300, rule: 'the answer is a document and no audio' };

function opened(maker: ClipMaker, memory: SharedArrayBuffer, decoded: Promise<number>): SharedClip {
  const durationMs = (new ClipWriter(memory).room() * 1000) / soundRateHz;
  const clip = maker.open(memory, { kind: 'whole', durationMs, decoded: decoded.then(ok), stop: () => {} });
  assert(clip.ok, 'an engine has a place for its first clips');
  return clip.value;
}

function rendered(maker: ClipMaker, which: BeepName): SharedClip {
  const memory = wholeClip(beepSamples);
  const durationMs = (beepSamples * 1000) / soundRateHz;
  const clip = opened(maker, memory, Promise.resolve(durationMs));
  const writer = new ClipWriter(memory);
  writer.write(toInt16(renderBeep(which)));
  writer.end();
  return clip;
}

/** Rendered by a job; until that has written it, it is silent. */
function composed(maker: ClipMaker, jobs: SoundsParts['jobs'], logger: Logger): SharedClip {
  const memory = wholeClip(holdMusicSamples);
  const durationMs = (holdMusicSamples * 1000) / soundRateHz;
  const written = jobs.renderMusic({ memory }).then(
    () => durationMs,
    () => {
      logger.error('music-not-rendered');
      return durationMs;
    },
  );
  return opened(maker, memory, written);
}

async function musicOf(file: string, maker: ClipMaker): Promise<Result<SharedClip, SoundFailure>> {
  const first = await open(file)
    .then(async (handle) => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(sniffedBytes), 0, sniffedBytes, 0);
      await handle.close();
      return buffer.subarray(0, bytesRead);
    })
    .catch(() => null);
  if (first === null) return err({ code: noAudioCode, rule: 'the file cannot be read' });
  const encoding = sniff(first);
  if (encoding === null) return err({ code: noAudioCode, rule: 'audio of a kind that is not played' });
  const unread = { code: noAudioCode, rule: 'the file cannot be read' };
  const body = readableBody(createReadStream(file), async () => true, unread);
  const task = { encoding, bodyBytes: null, wholeMsMax: musicMsMax, mustBeWhole: true };
  const made = await maker.make({ body, first: new Uint8Array() }, task);
  return made.ok ? ok(made.value.clip) : made;
}

/** Sounds where nothing decodes and nobody speaks: silence for music and beeps, documents as they come. */
import { assert } from '../base/assert.js';
import { err, ok } from '../base/result.js';
import { ClipWriter, wholeClip } from '../media/clip-memory.js';
import type { EnginePort } from '../media/engine-port.js';
import type { Documents } from './ports.js';
import { noVoiceCode, type Sound, type SoundPort } from './sound-port.js';

export function createNoSounds(engine: EnginePort, documents: Documents): SoundPort {
  let silence: Sound | null = null;
  const silent = (): Sound => {
    if (silence !== null) return silence;
    const memory = wholeClip(0);
    new ClipWriter(memory).end();
    const clip = engine.openClip(memory);
    assert(clip.ok, 'the first clip has a place');
    silence = { clip: clip.value, kind: 'whole', durationMs: 0, decoded: Promise.resolve(ok(0)), release: () => {} };
    return silence;
  };
  return {
    music: silent,
    beep: silent,
    say: async () => err({ code: noVoiceCode, rule: 'no voice is installed' }),
    audio: async () => err({ code: noVoiceCode, rule: 'nothing decodes audio' }),
    fetch: async (request) => {
      const answer = await documents.fetch(request);
      if (answer.kind === 'failed') return err({ code: answer.code, rule: answer.rule });
      return ok({ kind: 'document', url: answer.url, body: answer.body });
    },
  };
}

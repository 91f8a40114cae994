/** Metrics of what is played: part of the table of `metrics.ts`. */
export const soundMetrics = {
  parley_sound_requests_total: {
    type: 'counter',
    help: 'Requests for documents or audio to be played, by what came: fresh means that none was made.',
    labels: { outcome: ['fresh', 'still-the-same', 'decoded', 'document', 'failed'] },
  },
  parley_sound_decodings_total: {
    type: 'counter',
    help: 'Sounds decoded, by what came of it: refused means that too many others were being decoded.',
    labels: { outcome: ['decoded', 'released', 'broken-off', 'refused'] },
  },
  parley_sounds_decoding: {
    type: 'gauge',
    help: 'Sounds being decoded; a long one is as long as it is heard.',
    labels: {},
  },
  parley_sound_cache_bytes: {
    type: 'gauge',
    help: 'Samples of the sounds that are kept to be played again.',
    labels: {},
  },
  parley_sound_cache_evictions_total: {
    type: 'counter',
    help: 'Sounds no longer kept because others needed their place.',
    labels: {},
  },
  parley_speech_total: {
    type: 'counter',
    help: 'Texts that were to be spoken, by what came of it: refused means that too many others waited.',
    labels: { outcome: ['kept', 'spoken', 'no-voice', 'refused', 'failed'] },
  },
} as const;

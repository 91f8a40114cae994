/**
 * The telephone network of the example: numbers that somebody answers, that are busy, or that nobody answers. A real
 * call-control service has trunks here.
 */
import { RtpCaller } from '../../src/cli/caller/rtp-caller.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { writeWav } from '../../src/cli/caller/wav.js';

const rateHz = 8000;
const amplitude = 4000;

export type Reached =
  /** Somebody who hums a tone for as long as the call is up. */
  { readonly kind: 'answers'; readonly telephone: Telephone } | { readonly kind: 'busy' } | { readonly kind: 'nobody' };

export type Telephone = {
  readonly sdpOffer: string;
  /** Speaks and listens from now on. */
  readonly connect: (sdpAnswer: string) => void;
  /** Keeps what was heard in a WAV file where one is named. */
  readonly hangUp: (file: string | null) => void;
};

/** `tone:437` is answered by somebody who hums at 437 Hz; `busy` is; anything else rings for ever. */
export async function reach(number: string): Promise<Reached> {
  const [, hz] = /^tone:(\d+)$/.exec(number) ?? [];
  if (hz === undefined) return { kind: number === 'busy' ? 'busy' : 'nobody' };
  const voice = new Tone({ hz: Number(hz), amplitude, rateHz });
  const caller = await RtpCaller.open({ voice, laws: ['pcmu'] });
  return {
    kind: 'answers',
    telephone: {
      sdpOffer: caller.offer(),
      connect: (sdpAnswer) => caller.start(sdpAnswer),
      hangUp: (file) => {
        caller.close();
        if (file !== null) writeWav(file, { rateHz, samples: caller.recording.samples() });
      },
    },
  };
}

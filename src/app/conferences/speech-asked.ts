/**
 * Engines tell who speaks for as long as a conference asks for it: most do not, and people begin and stop to speak all
 * the time.
 */
import type { ConferenceSid } from '../../base/brands.js';
import { tellsOfSpeech } from '../../conference/decide-speech.js';
import type { CompletedConference, LiveConference } from '../../conference/state.js';
import type { EnginePort } from '../../media/engine-port.js';

export class SpeechAsked {
  readonly #engine: Pick<EnginePort, 'tellOfSpeech'>;
  readonly #asking = new Set<ConferenceSid>();

  constructor(engine: Pick<EnginePort, 'tellOfSpeech'>) {
    this.#engine = engine;
  }

  /** What a conference is now. */
  changed(conference: LiveConference | CompletedConference): void {
    const { conferenceSid } = conference;
    const wasAsked = this.#asking.size > 0;
    if (conference.phase !== 'completed' && tellsOfSpeech(conference)) this.#asking.add(conferenceSid);
    else this.#asking.delete(conferenceSid);
    const isAsked = this.#asking.size > 0;
    if (isAsked !== wasAsked) this.#engine.tellOfSpeech(isAsked);
  }
}

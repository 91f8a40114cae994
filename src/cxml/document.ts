/** A cXML document, read: verbs in the order of running. What could not be read is not in it but in the findings. */
import type { Result } from '../base/result.js';
import type { HttpMethod, WebTarget } from '../conference/state.js';
import type { ConferenceNoun } from './conference-noun.js';
import type { DialAttributes } from './dial-attributes.js';
import type { Finding } from './finding.js';

export type DialVerb = {
  readonly kind: 'dial';
  readonly attributes: DialAttributes;
  /** Refused with what keeps this leg from joining anything: the verb then finishes as one that failed. */
  readonly conference: Result<ConferenceNoun, Finding>;
  /** XPath, for findings that come later. */
  readonly where: string;
};

export type PlayVerb = {
  readonly kind: 'play';
  readonly url: string;
  /** Times; 0 is without end. */
  readonly loop: number;
  readonly where: string;
};

export type SayVerb = {
  readonly kind: 'say';
  /** Never empty. */
  readonly text: string;
  /** As it was said; null: any. */
  readonly voice: string | null;
  readonly language: string | null;
  /** Times; 0 is without end. */
  readonly loop: number;
  readonly where: string;
};

export type PauseVerb = { readonly kind: 'pause'; readonly seconds: number };

/** To where the document itself came from when `url` is the empty text; nowhere when it is null. */
export type RedirectVerb = {
  readonly kind: 'redirect';
  readonly url: string | null;
  readonly method: HttpMethod;
  readonly where: string;
};

export type HangupVerb = { readonly kind: 'hangup' };

/** What a document for those who wait, are held or are announced to may have (CONTRACT §5). */
export type SoundVerb = PlayVerb | SayVerb | PauseVerb | RedirectVerb;

export type Verb = SoundVerb | DialVerb | HangupVerb;

export type CxmlDocument<V extends Verb = Verb> = {
  readonly verbs: readonly V[];
  /** Where it came from; null when it was handed over as it is. */
  readonly source: WebTarget | null;
};

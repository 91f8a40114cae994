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

export type PauseVerb = { readonly kind: 'pause'; readonly seconds: number };

/** To where the document itself came from when `url` is the empty text; nowhere when it is null. */
export type RedirectVerb = {
  readonly kind: 'redirect';
  readonly url: string | null;
  readonly method: HttpMethod;
  readonly where: string;
};

export type HangupVerb = { readonly kind: 'hangup' };

export type Verb = DialVerb | PlayVerb | PauseVerb | RedirectVerb | HangupVerb;

export type CxmlDocument = {
  readonly verbs: readonly Verb[];
  /** Where it came from; null when it was handed over as it is. */
  readonly source: WebTarget | null;
};

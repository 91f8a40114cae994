/** Who follows which conference live. A watch ends with the conference or when its face lets go. */
import type { ConferenceSid } from '../base/brands.js';
import type { ConferenceView, Unwatch } from './application.js';

type Listener = (view: ConferenceView) => void;

export class Watchers {
  readonly #byConference = new Map<ConferenceSid, Set<Listener>>();

  /** Tells `view`, and from then on every change. */
  add(view: ConferenceView, listener: Listener): Unwatch {
    // A wrapper of its own, so that the same function may watch twice.
    const own: Listener = (later) => listener(later);
    own(view);
    const { conferenceSid } = view;
    const watching = this.#byConference.get(conferenceSid) ?? new Set();
    watching.add(own);
    this.#byConference.set(conferenceSid, watching);
    return () => {
      watching.delete(own);
      if (watching.size === 0 && this.#byConference.get(conferenceSid) === watching) {
        this.#byConference.delete(conferenceSid);
      }
    };
  }

  tell(view: ConferenceView): void {
    const watching = this.#byConference.get(view.conferenceSid);
    if (watching === undefined) return;
    if (view.phase === 'completed') this.#byConference.delete(view.conferenceSid);
    for (const listener of [...watching]) listener(view);
  }
}

/** What the sounds of a conference are given: their world, and the conference they are heard in. */
import type { CallSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Random } from '../../base/ports.js';
import type { Trace } from '../../base/trace.js';
import { soundParameters } from '../../callbacks/document-parameters.js';
import type { Change } from '../../callbacks/status-notice.js';
import type { LiveConference, Participant, WebTarget } from '../../conference/state.js';
import type { Finding } from '../../cxml/finding.js';
import type { LegId, ShardId } from '../../media/engine-port.js';
import type { Metrics } from '../metrics.js';
import type { Happening } from '../ports.js';
import type { Players } from './players.js';
import type { SoundRunOf, SoundRunParts } from './sound-run.js';

export type SoundParts = SoundRunParts & {
  readonly players: Players;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly flavour: Flavour;
};

/** With the trace of the command that each event came of. */
export type TracedChange = Change & { readonly traces: ReadonlyMap<Happening, Trace> };

export interface SoundHost {
  /** Null once it is over, and before anybody is in. */
  conference(): LiveConference | null;
  /** The home of the room, where what all hear is played. Null while nobody is in. */
  shard(): ShardId | null;
  /** Where what one alone hears is played; null: not in. */
  shardOf(callSid: CallSid): ShardId | null;
  legOf(callSid: CallSid): LegId | null;
  /** Something else is played: the engine is to be told. */
  changed(): void;
  /** `callSid` of null: it is about all. */
  found(callSid: CallSid | null, findings: readonly Finding[], source: WebTarget): void;
  /** The wait URL of a newcomer could not be had: it is not to stay (CONTRACT §5). */
  waitFailed(callSid: CallSid): void;
  announced(callSid: CallSid | null, url: string, failure: string | null): void;
}

/** `participant` of null: for all. */
export function soundRequestOf(
  { flavour }: SoundParts,
  conference: LiveConference,
  participant: Participant | null,
): Pick<SoundRunOf, 'accountSid' | 'parameters'> {
  return { accountSid: conference.accountSid, parameters: soundParameters(conference, participant, flavour) };
}

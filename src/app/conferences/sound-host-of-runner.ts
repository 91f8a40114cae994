/** What the sounds of a conference are given of it. */
import type { Clock, Logger } from '../../base/ports.js';
import type { Command } from '../../conference/commands.js';
import type { LiveConference } from '../../conference/state.js';
import { type Debugger, noteFinding } from '../debugger.js';
import type { Metrics } from '../metrics.js';
import type { CallEvent } from '../ports.js';
import type { RecordingPolicy } from '../recordings/file-port.js';
import type { ConferenceSounds } from '../sounds/conference-sounds.js';
import type { SoundHost } from '../sounds/sound-host.js';
import type { RoomEngine } from './room-engine.js';

type SoundHostParts = {
  readonly clock: Clock;
  readonly debug: Debugger;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

type Conference = {
  readonly conference: () => LiveConference | null;
  readonly room: RoomEngine;
  readonly changed: () => void;
  /** Asks the conference for this, however much waits. */
  readonly always: (command: Command) => void;
  readonly tell: (event: CallEvent) => void;
};

export const soundHost = (
  parts: SoundHostParts,
  { conference, room, changed, always, tell }: Conference,
): SoundHost => ({
  conference,
  shard: () => room.shard(),
  shardOf: (callSid) => room.shardOf(callSid),
  legOf: (callSid) => room.leg(callSid)?.leg ?? null,
  changed,
  found: (callSid, findings, source) => {
    const live = conference();
    if (live === null) return;
    const { accountSid, conferenceSid } = live;
    for (const finding of findings) {
      noteFinding(parts, { accountSid, callSid, conferenceSid, finding, source });
      if (callSid !== null) tell({ kind: 'document-finding', callSid, finding, atMs: parts.clock.now() });
    }
  },
  waitFailed: (callSid) => always({ kind: 'leave', callSid, cause: 'wait-failed' }),
  announced: (callSid, url, failure) => always({ kind: 'note-announcement', callSid, url, failure }),
});

/** The ways in which an account may want those in a conference to hear that it is recorded: one after the other. */
export function announceRecording(
  sounds: Pick<ConferenceSounds, 'beepToAll' | 'announce'>,
  { beep, announceUrl }: Pick<RecordingPolicy, 'beep' | 'announceUrl'>,
): void {
  const announce = (): void => {
    if (announceUrl !== null) sounds.announce({ callSid: null, target: { url: announceUrl, method: 'POST' } });
  };
  if (beep) sounds.beepToAll(announce);
  else announce();
}

/** Events, rejections and mixes in words short enough to compare whole stories at a glance. */
import { assertNever } from '../../src/base/assert.js';
import type { CallSid } from '../../src/base/brands.js';
import type { Rejection } from '../../src/conference/commands.js';
import type { Event } from '../../src/conference/events.js';
import type { ConferenceState, RoomSettings, WaitAudio } from '../../src/conference/state.js';
import { mixPlan, type Route } from '../../src/media/mix-plan.js';
import { nameOf } from './callers.js';

export function audioInWords(audio: WaitAudio): string {
  return audio.kind === 'document' ? `${audio.target.method} ${audio.target.url}` : audio.kind;
}

export function settingsInWords({ statusCallback, maxParticipants, region }: RoomSettings): string {
  return `callback=${statusCallback?.url ?? '-'} max=${maxParticipants ?? '-'} region=${region ?? '-'}`;
}

/** `leave A participant_hung_up completed`: who, why, and what becomes of the call. */
export function eventInWords(event: Event): string {
  switch (event.kind) {
    case 'conference-created':
      return `create ${settingsInWords(event.settings)}`;
    case 'room-settings-taken':
      return `take ${settingsInWords(event.settings)}`;
    case 'participant-joined':
      return `join ${nameOf(event.participant.callSid)}`;
    case 'conference-started':
      return `start by ${nameOf(event.callSid)}`;
    case 'participant-left':
      return `leave ${nameOf(event.callSid)} ${event.reason} ${event.callContinues ? 'in-progress' : 'completed'}`;
    case 'conference-ended': {
      const by = event.callSidEndingConference === null ? 'nobody' : nameOf(event.callSidEndingConference);
      const label = event.labelEndingConference === null ? '' : ` "${event.labelEndingConference}"`;
      return `end ${event.reason} by ${by}${label}`;
    }
    case 'participant-muted':
      return `${event.muted ? 'mute' : 'unmute'} ${nameOf(event.callSid)}`;
    case 'participant-held': {
      const quietly = event.announced ? '' : ' unannounced';
      const how = event.hold === null ? 'unhold' : 'hold';
      const audio = event.hold === null ? '' : ` ${audioInWords(event.hold)}`;
      return `${how} ${nameOf(event.callSid)}${audio}${quietly}`;
    }
    case 'participant-modified': {
      const { coaching, wait, beep, endConferenceOnExit } = event.changes;
      const words = [`modify ${nameOf(event.callSid)}`];
      if (coaching !== undefined) words.push(`coaching=${coaching?.target ? nameOf(coaching.target) : 'off'}`);
      if (wait !== undefined) words.push(`wait=${audioInWords(wait)}`);
      if (beep !== undefined) words.push(`beep=${beep}`);
      if (endConferenceOnExit !== undefined) words.push(`end=${endConferenceOnExit}`);
      return words.join(' ');
    }
    case 'participant-speech-changed':
      return `${event.speaking ? 'speak' : 'silent'} ${nameOf(event.callSid)}`;
    case 'announcement-ended': {
      const to = event.callSid === null ? 'all' : nameOf(event.callSid);
      return `announced ${event.url} to ${to}${event.failure === null ? '' : `: ${event.failure}`}`;
    }
    case 'participant-add-failed':
      return `${event.failure} ${nameOf(event.callSid)}`;
    default:
      return assertNever(event);
  }
}

/** `coach-target-missing B`: what was refused and because of whom or what. */
export function rejectionInWords(rejection: Rejection): string {
  switch (rejection.kind) {
    case 'conference-full':
      return `${rejection.kind} ${rejection.maxParticipants}`;
    case 'label-in-use':
      return `${rejection.kind} ${rejection.label}`;
    case 'already-joined':
    case 'coach-target-missing':
    case 'coach-self':
    case 'coach-target-on-hold':
    case 'participant-unknown':
      return `${rejection.kind} ${nameOf(rejection.callSid)}`;
    case 'conference-unknown':
    case 'conference-completed':
      return rejection.kind;
    default:
      return assertNever(rejection);
  }
}

const reaches = (speaker: Route, listener: CallSid): boolean =>
  speaker.sends.kind === 'room' || (speaker.sends.kind === 'whisper' && speaker.sends.target === listener);

/** What each participant hears by the mix plan: `{ A: 'B C', B: 'default-music' }`; `''` is the silence of a room. */
export function hearingInWords(state: ConferenceState): Record<string, string> {
  const plan = mixPlan(state);
  const hearing: Record<string, string> = {};
  for (const [listener, { hears }] of plan) {
    const voices = [...plan].filter(([speaker, route]) => speaker !== listener && reaches(route, listener));
    hearing[nameOf(listener)] =
      hears.kind === 'own-audio' ? audioInWords(hears.audio) : voices.map(([speaker]) => nameOf(speaker)).join(' ');
  }
  return hearing;
}

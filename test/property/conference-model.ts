/**
 * The conference a second time, as plainly as CONTRACT §1.3, §2.3, §3 and §8 can be retold: one mutable object, no
 * events, no state machine. It shares no rule with `src/conference`; where the two differ, one of them is wrong.
 */
import type { Command, JoinCommand, LeaveCommand, UpdateParticipantCommand } from '../../src/conference/commands.js';
import { nameOf } from '../support/callers.js';
import { audioInWords } from '../support/conference-words.js';

type Leg = {
  name: string;
  label: string | null;
  muted: boolean;
  /** What it hears on hold, in words; empty when it is not held. */
  hold: string;
  wait: string;
  beepsOnEnter: boolean;
  beepsOnExit: boolean;
  mayStart: boolean;
  isModerator: boolean;
  isCoach: boolean;
  /** Empty when it coaches nobody. */
  coached: string;
  joinedAt: number;
  timeIsUpAt: number;
  hasMoreToRun: boolean;
  isTalking: boolean;
};

const audible = (words: string) => words !== '';

export class ConferenceModel {
  status: 'absent' | 'init' | 'in-progress' | 'completed' = 'absent';
  legs: Leg[] = [];
  callback = '-';
  tellsSpeech = false;
  limit = 0;
  region = '-';
  startedAt = -1;
  endedAt = -1;
  endReason = '';
  endedBy = 'nobody';

  /** What happens, told in words; or, after `refused:`, why nothing does. */
  ask(command: Command, now: number): string[] {
    if (this.status === 'completed') return ['refused: conference-completed'];
    if (command.kind === 'join') return this.#join(command, now);
    if (this.status === 'absent') return ['refused: conference-unknown'];
    if (command.kind === 'end') return this.#endViaApi(now);
    if (command.kind === 'note-announcement') {
      const { callSid, url, failure } = command;
      const why = failure === null ? '' : `: ${failure}`;
      return [`announced ${url} to ${callSid === null ? 'all' : nameOf(callSid)}${why}`];
    }
    if (command.kind === 'note-add-failed') return [`${command.failure} ${nameOf(command.party.callSid)}`];
    const leg = this.legs.find(({ name }) => name === nameOf(command.callSid));
    if (leg === undefined) return [`refused: participant-unknown ${nameOf(command.callSid)}`];
    if (command.kind === 'note-speech') return this.#hear(leg, command.speaking);
    return command.kind === 'leave' ? this.#leave(leg, command, now) : this.#update(leg, command);
  }

  /** Whose time is up first, and when; of equals who came first. */
  nextTimeUp(): string {
    let first: Leg | null = null;
    for (const leg of this.legs) if (first === null || leg.timeIsUpAt < first.timeIsUpAt) first = leg;
    return first === null ? 'never' : `${first.name} at ${first.timeIsUpAt}`;
  }

  /** The table of CONTRACT §8.2, one listener at a time. */
  hearing(): Record<string, string> {
    const table: Record<string, string> = {};
    for (const me of this.legs) {
      if (this.status === 'init') table[me.name] = me.wait;
      else if (audible(me.hold)) table[me.name] = me.hold;
      else table[me.name] = this.#voicesFor(me).join(' ');
    }
    return table;
  }

  #voicesFor(me: Leg): string[] {
    const voices: string[] = [];
    for (const other of this.legs) {
      if (other.name === me.name) continue;
      if (other.muted || audible(other.hold)) continue;
      if (other.isCoach && other.coached !== me.name) continue;
      voices.push(other.name);
    }
    return voices;
  }

  #join(command: JoinCommand, now: number): string[] {
    const name = nameOf(command.callSid);
    const request = command.roomRequest;
    if (this.legs.some((leg) => leg.name === name)) return [`refused: already-joined ${name}`];

    const limit = this.limit || request.maxParticipants || 0;
    const seats = limit || 250;
    if (this.legs.length + 1 > seats) return [`refused: conference-full ${seats}`];

    if (command.label && this.legs.some((leg) => leg.label === command.label)) {
      return [`refused: label-in-use ${command.label}`];
    }
    const coached = command.coach === null ? '' : nameOf(command.coach);
    const objection = this.#objectionToCoaching(name, coached);
    if (objection) return [`refused: ${objection}`];

    const story: string[] = [];
    const region = this.region === '-' ? (request.region ?? '-') : this.region;
    const isFirst = this.status === 'absent';
    const roomLearns = limit !== this.limit || region !== this.region;
    this.limit = limit;
    this.region = region;
    if (isFirst) {
      this.status = 'init';
      this.callback = request.statusCallback?.url ?? '-';
      this.tellsSpeech = request.statusCallback?.events.includes('speaker') ?? false;
      story.push(`create ${this.room()}`);
    } else if (roomLearns) {
      story.push(`take ${this.room()}`);
    }

    this.legs.push({
      name,
      label: command.label,
      muted: command.muted,
      hold: '',
      wait: audioInWords(command.wait),
      beepsOnEnter: ['true', 'on-enter'].includes(command.beep),
      beepsOnExit: ['true', 'on-exit'].includes(command.beep),
      mayStart: command.startConferenceOnEnter,
      isModerator: command.endConferenceOnExit,
      isCoach: coached !== '',
      coached,
      joinedAt: now,
      timeIsUpAt: now + command.timeLimitSeconds * 1000,
      hasMoreToRun: command.continuesAfterDial,
      isTalking: false,
    });
    story.push(`join ${name}`);

    const starters = this.legs.filter((leg) => leg.mayStart).length;
    if (this.status === 'init' && this.legs.length >= 2 && starters >= 1) {
      this.status = 'in-progress';
      this.startedAt = now;
      story.push(`start by ${name}`);
    }
    return story;
  }

  /** §8.3; empty when there is nothing against it. */
  #objectionToCoaching(coach: string, coached: string): string {
    if (coached === '') return '';
    if (coached === coach) return `coach-self ${coached}`;
    const target = this.legs.find((leg) => leg.name === coached);
    if (this.status !== 'in-progress' || target === undefined) return `coach-target-missing ${coached}`;
    return audible(target.hold) ? `coach-target-on-hold ${coached}` : '';
  }

  #leave(leg: Leg, { cause }: LeaveCommand, now: number): string[] {
    const isApi = cause === 'removed-via-api' || cause === 'redirected-via-api';
    let callGoesOn = leg.hasMoreToRun;
    if (cause === 'hung-up' || cause === 'media-lost') callGoesOn = false;
    if (cause === 'redirected-via-api') callGoesOn = true;

    this.#remove(leg);
    const reason =
      cause === 'wait-failed'
        ? 'participant_add_failed'
        : isApi
          ? 'participant_updated_via_api'
          : 'participant_hung_up';
    const story = [`leave ${leg.name} ${reason} ${callGoesOn ? 'in-progress' : 'completed'}`];

    const how = cause === 'removed-via-api' ? 'kicked' : 'left';
    if (leg.isModerator) {
      story.push(...this.#sendEverybodyHome('moderator_ended_conference'));
      story.push(this.#end(`participant-with-end-conference-on-exit-${how}`, leg, now));
    } else if (this.legs.length === 0) {
      story.push(this.#end(`last-participant-${how}`, leg, now));
    }
    return story;
  }

  /** A leg nobody hears cannot begin to speak; one that spoke when it fell silent for others still stops. */
  #hear(leg: Leg, isVoice: boolean): string[] {
    if (!this.tellsSpeech || leg.isTalking === isVoice) return [];
    const isUnheard = this.status === 'init' || leg.muted || leg.hold !== '';
    if (isVoice && isUnheard) return [];
    leg.isTalking = isVoice;
    return [`${isVoice ? 'speak' : 'silent'} ${leg.name}`];
  }

  #endViaApi(now: number): string[] {
    const story = this.#sendEverybodyHome('conference_ended_via_api');
    story.push(this.#end('conference-ended-via-api', null, now));
    return story;
  }

  #sendEverybodyHome(reason: string): string[] {
    const story: string[] = [];
    for (const leg of [...this.legs]) {
      this.#remove(leg);
      story.push(`leave ${leg.name} ${reason} ${leg.hasMoreToRun ? 'in-progress' : 'completed'}`);
    }
    return story;
  }

  #end(reason: string, by: Leg | null, now: number): string {
    this.status = 'completed';
    this.endedAt = now;
    this.endReason = reason;
    this.endedBy = by?.name ?? 'nobody';
    return `end ${reason} by ${this.endedBy}${by?.label ? ` "${by.label}"` : ''}`;
  }

  #remove(leg: Leg): void {
    this.legs.splice(this.legs.indexOf(leg), 1);
    for (const other of this.legs) if (other.coached === leg.name) other.coached = '';
  }

  #update(leg: Leg, { changes }: UpdateParticipantCommand): string[] {
    const { coach } = changes;
    const coached = coach ? nameOf(coach) : '';
    if (coached !== leg.coached) {
      const objection = this.#objectionToCoaching(leg.name, coached);
      if (objection) return [`refused: ${objection}`];
    }

    const story: string[] = [];
    if (changes.muted !== undefined && changes.muted !== leg.muted) {
      leg.muted = changes.muted;
      story.push(`${leg.muted ? 'mute' : 'unmute'} ${leg.name}`);
    }
    if (changes.hold !== undefined) {
      const before = leg.hold;
      leg.hold = changes.hold === null ? '' : audioInWords(changes.hold);
      if (before && !leg.hold) story.push(`unhold ${leg.name}`);
      if (!before && leg.hold) story.push(`hold ${leg.name} ${leg.hold}`);
      if (before && leg.hold && before !== leg.hold) story.push(`hold ${leg.name} ${leg.hold} unannounced`);
    }
    const others = this.#modify(leg, changes, coached);
    if (others.length > 0) story.push([`modify ${leg.name}`, ...others].join(' '));
    return story;
  }

  #modify(leg: Leg, changes: UpdateParticipantCommand['changes'], coached: string): string[] {
    const words: string[] = [];
    if (coached && leg.coached !== coached) {
      leg.isCoach = true;
      leg.coached = coached;
      words.push(`coaching=${coached}`);
    } else if (changes.coach === null && leg.isCoach) {
      leg.isCoach = false;
      leg.coached = '';
      words.push('coaching=off');
    }
    if (changes.wait && audioInWords(changes.wait) !== leg.wait) {
      leg.wait = audioInWords(changes.wait);
      words.push(`wait=${leg.wait}`);
    }
    if (changes.beepOnExit !== undefined && changes.beepOnExit !== leg.beepsOnExit) {
      leg.beepsOnExit = changes.beepOnExit;
      words.push(`beep=${beepOf(leg)}`);
    }
    if (changes.endConferenceOnExit !== undefined && changes.endConferenceOnExit !== leg.isModerator) {
      leg.isModerator = changes.endConferenceOnExit;
      words.push(`end=${leg.isModerator}`);
    }
    return words;
  }

  /** What the room has made its own. */
  room(): string {
    return `callback=${this.callback} max=${this.limit || '-'} region=${this.region}`;
  }

  /** Everything about everybody, in the order of joining. */
  people(): string[] {
    return this.legs.map((leg) =>
      [
        leg.name,
        `label=${leg.label}`,
        `muted=${leg.muted}`,
        `hold=${leg.hold || 'no'}`,
        `wait=${leg.wait}`,
        `beep=${beepOf(leg)}`,
        `start=${leg.mayStart}`,
        `end=${leg.isModerator}`,
        `coaching=${leg.isCoach ? leg.coached || 'nobody' : 'no'}`,
        `from=${leg.joinedAt}`,
        `until=${leg.timeIsUpAt}`,
        `more=${leg.hasMoreToRun}`,
        `talking=${leg.isTalking}`,
      ].join(' '),
    );
  }
}

function beepOf({ beepsOnEnter, beepsOnExit }: Leg): string {
  if (beepsOnEnter && beepsOnExit) return 'true';
  if (beepsOnEnter) return 'on-enter';
  return beepsOnExit ? 'on-exit' : 'false';
}

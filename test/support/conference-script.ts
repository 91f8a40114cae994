/** Plays commands against one conference as the runner would, and keeps what came of them. */
import { assert } from '../../src/base/assert.js';
import { type EpochMs, epochMs } from '../../src/base/brands.js';
import type { Command } from '../../src/conference/commands.js';
import { decide } from '../../src/conference/decide.js';
import type { Event } from '../../src/conference/events.js';
import { evolve, evolveAll } from '../../src/conference/evolve.js';
import { brokenInvariants } from '../../src/conference/invariants.js';
import { absentConference, type ConferenceState } from '../../src/conference/state.js';
import { eventInWords, hearingInWords, rejectionInWords } from './conference-words.js';

export class ConferenceScript {
  state: ConferenceState = absentConference;
  nowMs: EpochMs = epochMs(Date.UTC(2024, 3, 4, 18, 32, 15));
  readonly events: Event[] = [];

  /** Commands that must be accepted, at the same instant. Returns the events of them all. */
  play(...commands: readonly Command[]): readonly Event[] {
    const before = this.events.length;
    for (const command of commands) {
      const decision = decide(this.state, command, this.nowMs);
      assert(decision.ok, `${command.kind} was refused`);
      for (const event of decision.value) {
        this.state = evolve(this.state, event);
        this.#check('after-event');
      }
      this.#check('after-command');
      this.events.push(...decision.value);
    }
    return this.events.slice(before);
  }

  /** As `play`, in words. */
  tell(...commands: readonly Command[]): readonly string[] {
    return this.play(...commands).map(eventInWords);
  }

  /** A command that must be refused; the refusal in words. */
  refuse(command: Command): string {
    const decision = decide(this.state, command, this.nowMs);
    assert(!decision.ok, `${command.kind} was accepted`);
    return rejectionInWords(decision.error);
  }

  hearing(): Record<string, string> {
    return hearingInWords(this.state);
  }

  wait(delayMs: number): void {
    this.nowMs = epochMs(this.nowMs + delayMs);
  }

  /** The state that the events alone would give. */
  replayed(): ConferenceState {
    return evolveAll(absentConference, this.events);
  }

  #check(moment: 'after-event' | 'after-command'): void {
    const broken = brokenInvariants(this.state, moment);
    assert(broken.length === 0, broken.join('; '));
  }
}

/** A conference after `commands`, all accepted. */
export function conferenceAfter(...commands: readonly Command[]): ConferenceScript {
  const script = new ConferenceScript();
  script.play(...commands);
  return script;
}

/** Plays the screenplay against a running daemon, as a telephony platform would: dials, mutes, coaches, hangs up. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../../client/api-client.js';
import { resample } from '../../client/resample.js';
import { MediaEncoding } from '../../gen/parley/v1/call_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { Beep, StatusCallbackEvent } from '../../gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../gen/parley/v1/participant_service_pb.js';
import { monotonicNowMs } from '../caller/monotonic.js';
import type { Arrivals } from '../caller/recording.js';
import { readWav, writeWav } from '../caller/wav.js';
import { CallerHandle } from './caller-handle.js';
import { evidenceRateHz, type Heard, type Utterance } from './evidence.js';
import { type CastMember, cast, type Line, type Name, names, type Step } from './screenplay.js';
import { speak } from './speech.js';
import type { Timeline } from './timeline.js';

/** Between two steps: long enough that nothing of the one is heard in the other. */
const breathMs = 500;

export type Mark = { readonly atMs: number; readonly text: string };

export type Performance = {
  readonly utterances: readonly Utterance[];
  readonly recordings: readonly Heard[];
  readonly arrivals: ReadonlyMap<Name, Arrivals>;
  readonly marks: readonly Mark[];
};

type Actor = { readonly member: CastMember; readonly handle: CallerHandle; callSid: string };
type Words = { readonly line: Line; readonly file: string; readonly samples: Int16Array };

const rateOf = ({ media }: CastMember): number => (media.kind === 'rtp' ? 8000 : media.rateHz);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export type Stage = {
  readonly client: ApiClient;
  readonly grpcAddress: string;
  readonly callbackUrl: string;
  readonly folder: string;
  readonly timeline: Timeline;
};

export class Director {
  readonly #stage: Stage;
  readonly #actors = new Map<Name, Actor>();
  readonly #words = new Map<Line, Words>();
  readonly #utterances: Utterance[] = [];
  readonly #marks: Mark[] = [];
  #conferenceSid = '';

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Has every line spoken into a file, so that the play itself waits for nothing but its callers. */
  async rehearse(steps: readonly Step[]): Promise<void> {
    const folder = join(this.#stage.folder, 'lines');
    mkdirSync(folder, { recursive: true });
    const lines = steps.flatMap((step) => (step.kind === 'say' ? step.lines : []));
    for (const [index, line] of lines.entries()) {
      const member = cast[line.who];
      const file = join(folder, `${String(index + 1).padStart(2, '0')}-${line.who}.wav`);
      const sound = await speak(member, { text: line.text, rateHz: rateOf(member), path: file });
      writeWav(file, sound);
      this.#words.set(line, { line, file, samples: resample(sound.samples, sound.rateHz, evidenceRateHz) });
    }
  }

  async play(steps: readonly Step[]): Promise<Performance> {
    for (const step of steps) {
      await this.#perform(step);
      if (step.kind !== 'title') await pause(breathMs);
    }
    return this.#curtain();
  }

  /** Who has this call; null for one that is not of the cast. */
  nameOf(callSid: string | null): Name | null {
    return [...this.#actors.values()].find((actor) => actor.callSid === callSid)?.member.name ?? null;
  }

  end(): void {
    for (const { handle } of this.#actors.values()) handle.end();
  }

  async #perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'title':
        this.#stage.timeline.title(step.text);
        return;
      case 'enter':
        await this.#enter(cast[step.who]);
        return;
      case 'say':
        await Promise.all(step.lines.map((line) => this.#say(line)));
        return;
      case 'mute':
        this.#note(step.who, step.muted ? 'is muted' : 'is unmuted');
        await this.#update(step.who, { muted: step.muted });
        return;
      case 'coach': {
        const { who, target } = step;
        this.#note(who, target === null ? 'coaches nobody now' : `coaches ${target}`);
        const callSidToCoach = target === null ? {} : { callSidToCoach: this.#actor(target).callSid };
        await this.#update(who, { coaching: target !== null, ...callSidToCoach });
        return;
      }
      case 'leave':
        this.#note(step.who, 'hangs up');
        await this.#stage.client.call(CallService.method.updateCall, {
          callSid: this.#actor(step.who).callSid,
          update: { case: 'hangUp', value: {} },
        });
        return;
    }
  }

  async #enter(member: CastMember): Promise<void> {
    const { media } = member;
    const address = this.#stage.grpcAddress;
    const handle = new CallerHandle(member.name, {
      media: media.kind === 'rtp' ? media : { ...media, address },
    });
    const actor: Actor = { member, handle, callSid: '' };
    this.#actors.set(member.name, actor);
    const { sdpOffer } = await handle.report('ready');
    const answer = await this.#stage.client.call(CallService.method.dial, {
      call: { from: member.name, to: 'support' },
      instruction: {
        case: 'dial',
        value: {
          conference: {
            roomName: 'support',
            participantLabel: member.name,
            startConferenceOnEnter: member.startConferenceOnEnter,
            endConferenceOnExit: member.endConferenceOnExit,
            beep: Beep.FALSE,
            waitUrl: '',
            statusCallback: this.#stage.callbackUrl,
            statusCallbackEvent: [
              StatusCallbackEvent.START,
              StatusCallbackEvent.END,
              StatusCallbackEvent.JOIN,
              StatusCallbackEvent.LEAVE,
              StatusCallbackEvent.MUTE,
              StatusCallbackEvent.HOLD,
              StatusCallbackEvent.MODIFY,
            ],
          },
        },
      },
      media:
        sdpOffer === null
          ? { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: rateOf(member) } }
          : { case: 'rtp', value: { sdpOffer } },
    });
    actor.callSid = answer.callSid;
    this.#conferenceSid = answer.conferenceSid;
    const sdpAnswer = answer.media.case === 'rtp' ? answer.media.value.sdpAnswer : null;
    handle.order({ kind: 'connect', callSid: answer.callSid, sdpAnswer });
    await handle.report('connected');
    const way = media.kind === 'rtp' ? `RTP ${media.law.toUpperCase()}` : `gRPC L16 at ${media.rateHz / 1000} kHz`;
    this.#note(member.name, `(${member.role}, ${way}) enters`);
  }

  async #say(line: Line): Promise<void> {
    const words = this.#words.get(line);
    if (words === undefined) throw new Error(`never rehearsed: ${line.text}`);
    const { handle } = this.#actor(line.who);
    handle.order({ kind: 'say', file: words.file });
    const { atMs } = await handle.report('saying');
    this.#stage.timeline.speech(line.who, line.text);
    this.#utterances.push({ ...line, startedAtMs: atMs, samples: words.samples });
    await handle.report('said');
  }

  async #update(who: Name, changes: { muted?: boolean; coaching?: boolean; callSidToCoach?: string }): Promise<void> {
    const { callSid } = this.#actor(who);
    const conferenceSid = this.#conferenceSid;
    await this.#stage.client.call(ParticipantService.method.updateParticipant, { conferenceSid, callSid, ...changes });
  }

  async #curtain(): Promise<Performance> {
    const recordings: Heard[] = [];
    const arrivals = new Map<Name, Arrivals>();
    for (const name of names) {
      const { handle } = this.#actor(name);
      const file = join(this.#stage.folder, `heard-by-${name}.wav`);
      handle.order({ kind: 'finish', file });
      const heard = await handle.report('finished');
      const { rateHz, samples } = readWav(file);
      arrivals.set(name, heard.arrivals);
      const startedAtMs = heard.startedAtMs ?? monotonicNowMs();
      recordings.push({ who: name, startedAtMs, samples: resample(samples, rateHz, evidenceRateHz) });
    }
    return { utterances: this.#utterances, recordings, arrivals, marks: this.#marks };
  }

  #actor(name: Name): Actor {
    const actor = this.#actors.get(name);
    if (actor === undefined) throw new Error(`${name} has not entered`);
    return actor;
  }

  #note(who: Name, what: string): void {
    this.#marks.push({ atMs: monotonicNowMs(), text: `${who} ${what.replace(/\(.*\) /, '')}` });
    this.#stage.timeline.act(who, what);
  }
}

/** One seed lived through: commands, crashes, a good end, and what is wrong with what was told. */
import type { DialRequest } from '../../src/app/application.js';
import type { CallSid, ConferenceSid } from '../../src/base/brands.js';
import { accountSidOf, callSidOf, join, roomNamed } from '../support/callers.js';
import { complaints, type Expected } from '../support/told.js';
import { settled } from '../support/virtual-clock.js';
import { type Life, World } from './world.js';

const account = accountSidOf('acc');
const receivers = ['https://one.test/', 'https://two.test/', 'https://three.test/'];
const events = ['start', 'end', 'join', 'leave', 'mute'] as const;

/** Who came in, as far as they were told, and is not known to have gone. */
type Guest = Omit<Expected, 'event'> & { muted: boolean };

class Story {
  readonly world: World;
  readonly accepted: Expected[] = [];
  readonly refused = new Set<string>();
  /** By cursor: what the journal said at some time. */
  readonly #seen = new Map<bigint, string>();
  readonly #faults: string[] = [];
  #guests: Guest[] = [];
  #calls = 0;

  constructor(seed: number) {
    this.world = new World(seed);
  }

  async live(steps: number, crashes: number): Promise<readonly string[]> {
    const { world } = this;
    let life = await this.#begin();
    for (let step = 0; step < steps; step += 1) {
      const under = this.#act(life);
      await (world.chance() < 0.5 ? world.clock.advance(300 * world.chance()) : settled());
      if (world.chance() < crashes / steps) {
        world.crash();
        await settled();
        this.#guests = [];
        life = await this.#begin();
      } else if (world.chance() < 0.3) await world.clock.advance(1000);
      await Promise.race([under, settled()]);
      if (step % 10 === 0) await this.#read(life);
    }
    return this.#end(life);
  }

  async #begin(): Promise<Life> {
    for (;;) {
      const life = await this.world.live();
      if (life !== null) return life;
    }
  }

  /** Everything good again, and time until nothing waits; in half of the stories after one last crash. */
  async #end(before: Life): Promise<readonly string[]> {
    const { world } = this;
    const isCrashed = world.chance() < 0.5;
    if (isCrashed) world.crash();
    [world.badAnswers, world.badDisk] = [0, 0];
    const life = isCrashed ? await this.#begin() : before;
    for (let minute = 0; minute < 60; minute += 1) {
      await world.clock.advance(60_000);
      if (life.store.outbox.depth() === 0 && minute > 0) break;
    }
    if (life.store.outbox.depth() > 0) this.#faults.push(`${life.store.outbox.depth()} callbacks are still queued`);
    await this.#read(life);
    const cursors = [...this.#seen.keys()];
    if (cursors.some((cursor, index) => cursor !== BigInt(index + 1))) this.#faults.push('a cursor is missing');
    world.crash();
    return [...this.#faults, ...complaints(this, world.told)];
  }

  /** The journal says the same of a cursor for ever. */
  async #read({ store }: Life): Promise<void> {
    let page: Awaited<ReturnType<Life['store']['journal']>> | null = null;
    void store.journal(account, 0n, 100_000).then(
      (read) => {
        page = read;
      },
      () => {},
    );
    await this.world.clock.advance(3000);
    const entries = (page as Awaited<ReturnType<Life['store']['journal']>> | null)?.entries ?? [];
    for (const { cursor, event, conferenceSid } of entries) {
      const text = `${conferenceSid} ${JSON.stringify(event)}`;
      const before = this.#seen.get(cursor);
      if (before !== undefined && before !== text) this.#faults.push(`cursor ${cursor} changed its meaning`);
      this.#seen.set(cursor, text);
    }
  }

  #act(life: Life): Promise<void> {
    const dice = this.world.chance();
    const guest = this.#guests[Math.floor(this.world.chance() * this.#guests.length)];
    if (guest === undefined || dice < 0.4) return this.#dial(life);
    return dice < 0.8 ? this.#mute(life, guest) : this.#hangUp(life, guest);
  }

  async #dial({ parley }: Life): Promise<void> {
    this.#calls += 1;
    const number = Math.floor(this.world.chance() * 6);
    const callSid = callSidOf(String.fromCharCode(0x41 + (this.#calls >> 7), 0x20 + (this.#calls & 0x7f)));
    const url = receivers[number % receivers.length] ?? '';
    const { call, muted, beep, wait, timeLimitSeconds, ...rest } = join('A');
    const { startConferenceOnEnter, endConferenceOnExit } = rest;
    const request: DialRequest = {
      accountSid: account,
      callSid,
      call,
      conference: {
        room: roomNamed(`Zürich ${number}`),
        // Some are taken.
        label: this.world.chance() < 0.2 ? 'chair' : null,
        coach: null,
        ...{ muted, beep, wait, timeLimitSeconds, startConferenceOnEnter, endConferenceOnExit },
        roomRequest: {
          statusCallback: { url, method: 'POST', events },
          maxParticipants: null,
          region: null,
          eventCallbackUrl: null,
        },
      },
      media: { kind: 'grpc', codec: 'linear16', rateHz: 16_000 },
      hangupOnStar: false,
    };
    const reply = await parley.dial(request);
    if (!reply.ok) {
      this.refused.add(callSid);
      return;
    }
    const { conferenceSid } = reply.value;
    this.#expect({ conferenceSid, callSid }, 'participant-join');
    this.#guests.push({ conferenceSid, callSid, muted: false });
  }

  async #mute({ parley }: Life, guest: Guest): Promise<void> {
    const muted = !guest.muted;
    const [conferenceSid, callSid] = [guest.conferenceSid as ConferenceSid, guest.callSid as CallSid];
    const done = await parley.updateParticipant(account, conferenceSid, callSid, { muted });
    if (!done.ok) return;
    if (guest.muted === muted) return;
    guest.muted = muted;
    this.#expect(guest, muted ? 'participant-mute' : 'participant-unmute');
  }

  async #hangUp({ parley }: Life, guest: Guest): Promise<void> {
    const done = await parley.hangUp(account, guest.callSid as CallSid);
    if (!done.ok) return;
    this.#guests = this.#guests.filter((each) => each !== guest);
    this.#expect(guest, 'participant-leave');
  }

  #expect({ conferenceSid, callSid }: Omit<Expected, 'event'>, event: string): void {
    this.accepted.push({ conferenceSid, callSid, event });
  }
}

export type Ending = {
  readonly complaints: readonly string[];
  readonly accepted: number;
  readonly told: number;
  readonly crashes: number;
};

export async function live(seed: number): Promise<Ending> {
  const story = new Story(seed);
  const found = await story.live(80, 4);
  const { accepted, world } = story;
  return { complaints: found, accepted: accepted.length, told: world.told.length, crashes: world.crashes };
}

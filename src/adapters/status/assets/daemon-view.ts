/** How the daemon is: its shards, and the callbacks that wait. */
import type { DaemonPicture, ShardPicture } from '../wire.js';
import { byId, make, place, setAttribute, setText } from './elements.js';
import { countText, durationText, listed, percentText } from './texts.js';

type ShardEntry = {
  readonly item: HTMLElement;
  readonly meter: HTMLElement;
  readonly fill: HTMLElement;
  readonly number: HTMLElement;
  readonly about: HTMLElement;
};

/** Beside the level beyond which no newcomer is taken. */
const nearShare = 0.8;

export class DaemonView {
  readonly #shards = new Map<number, ShardEntry>();

  show(daemon: DaemonPicture): void {
    const { legs, legsFree, callbacks } = daemon;
    setText(byId('engine-legs'), `${legs.toLocaleString('en')} of ${(legs + legsFree).toLocaleString('en')} legs`);
    place(
      byId('shards'),
      daemon.shards.map((shard) => this.#show(shard, daemon.loadMax)),
    );
    setText(byId('queued'), callbacks.queued.toLocaleString('en'));
    setText(byId('oldest'), callbacks.queued === 0 ? '\u2013' : durationText(callbacks.oldestSeconds * 1000));
    setText(byId('unreachable'), callbacks.receiversUnreachable.toLocaleString('en'));
    this.#showState(daemon);
  }

  #showState({ isDraining, isStoreWell, shards }: DaemonPicture): void {
    const dead = shards.filter(({ isAlive }) => !isAlive).length;
    const [kind, text] =
      dead > 0
        ? ['bad', `${countText(dead, 'shard has', 'shards have')} failed`]
        : !isStoreWell
          ? ['bad', 'The store does not write']
          : isDraining
            ? ['warn', 'Draining']
            : ['well', 'Live'];
    setAttribute(byId('state-dot'), 'class', `dot ${kind}`);
    setText(byId('state'), text ?? '');
  }

  #show(shard: ShardPicture, loadMax: number): HTMLElement {
    const { item, meter, fill, number, about } = this.#entry(shard.id);
    const { load, isAlive, legs, rooms, overruns, isRealtime } = shard;
    fill.style.setProperty('--share', Math.min(1, load).toFixed(3));
    meter.style.setProperty('--limit', loadMax.toFixed(3));
    setAttribute(fill, 'class', load > loadMax ? 'fill bad' : load > nearShare * loadMax ? 'fill warn' : 'fill');
    setAttribute(meter, 'aria-valuenow', String(Math.round(load * 100)));
    const text = isAlive ? percentText(load) : 'failed';
    setAttribute(meter, 'aria-valuetext', `${text} of its 5 ms; full at ${percentText(loadMax)}`);
    setText(number, text);
    const facts = [
      countText(legs, 'leg', 'legs'),
      countText(rooms, 'room', 'rooms'),
      countText(overruns, 'overrun', 'overruns'),
      isRealtime ? '' : 'no real-time priority',
    ];
    setText(about, isAlive ? listed(facts) : 'its conferences have ended');
    return item;
  }

  #entry(id: number): ShardEntry {
    const known = this.#shards.get(id);
    if (known !== undefined) return known;
    const fill = make('span', { class: 'fill' });
    const meter = make(
      'span',
      {
        ...{ class: 'meter budget', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': '100' },
        'aria-label': `Tick budget of shard ${id}`,
      },
      fill,
    );
    const number = make('span', { class: 'number', 'aria-hidden': 'true' });
    const about = make('span', { class: 'about' });
    const name = make('span', { class: 'shard-name' }, `Shard ${id}`);
    const entry = { item: make('li', {}, name, meter, number, about), meter, fill, number, about };
    this.#shards.set(id, entry);
    return entry;
  }
}

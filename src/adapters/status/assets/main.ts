/** The page: follows what goes on in the room that its address names, and does what whoever looks asks for. */
import type { Action, Viewer } from '../wire.js';
import { DaemonView } from './daemon-view.js';
import { askForToken } from './dialogs.js';
import { byId, setAttribute, setText } from './elements.js';
import { hashOf, ListView } from './list-view.js';
import { act, Live } from './live.js';
import { RoomView } from './room-view.js';

/** Of this tab, and gone with it. */
const tokenKey = 'parley-token';
const token = (): string | null => sessionStorage.getItem(tokenKey);

const choose = [
  'No conference is open',
  'Choose one to see who is in, who speaks, and how well each is heard.',
] as const;

const list = new ListView();
const daemon = new DaemonView();
const room = new RoomView(perform);
let open: string | null = null;

const live = new Live({
  token,
  handlers: {
    viewer: showViewer,
    daemon: (picture) => daemon.show(picture),
    conferences(conferences) {
      list.show(conferences);
      const [only] = conferences.shown;
      if (open === null && only !== undefined && conferences.shown.length === 1) location.replace(hashOf(only.sid));
    },
    room: (picture) => room.show(picture),
    gone: () => room.clear('The conference is over', 'Choose another one.'),
    levels: (levels) => room.levels(levels),
    quality: (qualities) => room.qualities(qualities),
  },
  onLive: () => say(''),
  onLost(message) {
    setAttribute(byId('state-dot'), 'class', 'dot bad');
    setText(byId('state'), 'Not connected');
    say(message ?? 'The daemon cannot be reached. Trying again.');
  },
  onUnknownToken(message) {
    sessionStorage.removeItem(tokenKey);
    live.follow(null);
    signIn(message);
  },
});

function showViewer({ kind, name, version }: Viewer): void {
  const isVisitor = kind === 'visitor';
  document.body.dataset.viewer = kind;
  const who = isVisitor ? 'Not signed in' : `${name ?? ''}${kind === 'operator' ? ', operator' : ''}`;
  setText(byId('who'), `${who} \u00b7 ${version}`);
  const sign = byId('sign');
  sign.hidden = !isVisitor && token() === null;
  setText(sign, isVisitor ? 'Sign in' : 'Sign out');
  room.mayAct(!isVisitor);
  if (!isVisitor) return;
  list.hide('Sign in to see the conferences of your account.');
  room.clear(...choose);
}

function signIn(problem: string): void {
  askForToken(problem, (given) => {
    sessionStorage.setItem(tokenKey, given);
    live.follow(open);
  });
}

function perform(action: Action, what: string): void {
  void act(action, token()).then((refused) => say(refused ?? what));
}

let saidAtMs = 0;
function say(text: string): void {
  saidAtMs = performance.now();
  setText(byId('said'), text);
}
/** What was said is read by then. */
const saidMs = 6000;

function follow(): void {
  const { hash } = location;
  // Such as the link that skips to the conferences.
  if (hash !== '' && !hash.startsWith('#/')) return;
  const next = hash === '' ? null : hash.slice(2);
  const isChange = next !== open;
  open = next;
  list.open(open);
  if (isChange) room.clear(...choose);
  live.follow(open);
}

byId('sign').addEventListener('click', () => {
  if (token() === null) {
    signIn('');
    return;
  }
  sessionStorage.removeItem(tokenKey);
  live.follow(open);
});
byId('list').addEventListener('click', (event) => {
  // On a telephone the room is below the list.
  if (event.target instanceof Element && event.target.closest('a') !== null) byId('room-title').focus();
});
window.addEventListener('hashchange', follow);
setInterval(() => {
  list.tick();
  room.tick();
  if (performance.now() - saidAtMs > saidMs && byId('state').textContent !== 'Not connected') setText(byId('said'), '');
}, 1000);
follow();

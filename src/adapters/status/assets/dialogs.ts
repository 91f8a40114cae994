/** The three dialogs. Escape and Cancel close them; the focus then is where it was. */
import { byId, setText } from './elements.js';

const dialogNamed = (id: string): HTMLDialogElement => byId(id) as HTMLDialogElement;
const inputNamed = (id: string): HTMLInputElement => byId(id) as HTMLInputElement;

/** Calls `submit` once when the form is sent, and never when the dialog is closed otherwise. */
function ask(dialog: HTMLDialogElement, submit: () => void): void {
  const form = dialog.querySelector('form');
  if (form === null || dialog.open) return;
  const sent = new AbortController();
  const { signal } = sent;
  form.addEventListener('submit', () => submit(), { signal });
  dialog.addEventListener('close', () => sent.abort(), { signal });
  dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close(), { signal });
  dialog.showModal();
}

/** `problem`: what was wrong with the last one. */
export function askForToken(problem: string, then: (token: string) => void): void {
  const token = inputNamed('sign-token');
  token.value = '';
  setText(byId('sign-problem'), problem);
  ask(dialogNamed('sign-dialog'), () => {
    then(token.value.trim());
    token.value = '';
  });
  token.focus();
}

export function askForUrl(title: string, then: (url: string) => void): void {
  setText(byId('announce-title'), title);
  const url = inputNamed('announce-url');
  ask(dialogNamed('announce-dialog'), () => then(url.value.trim()));
  url.focus();
}

export function askToRemove(name: string, room: string, then: () => void): void {
  setText(byId('remove-title'), `Remove ${name}?`);
  setText(byId('remove-text'), `${name} leaves ${room}. The call goes on only where something else follows.`);
  ask(dialogNamed('remove-dialog'), then);
}

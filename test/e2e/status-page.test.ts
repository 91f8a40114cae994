/** The status page in Chromium, over a real daemon and real calls: what it shows is what is heard. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { levelDbfs } from '../../src/cli/caller/levels.js';
import { monotonicNowMs } from '../../src/cli/caller/monotonic.js';
import { Tone, type Voice } from '../../src/cli/caller/voice.js';
import { Bursts } from '../support/bursts.js';
import { linear16, Platform, type RtpGuest } from '../support/platform.js';
import { heldUpMs, Pulse } from '../support/pulse.js';
import { descendants, keepingTime } from '../support/real-time.js';
import {
  launchBrowser,
  type OpenPage,
  openStatusPage,
  operatorToken,
  statusAccounts,
  tokenOf,
  violationsOf,
} from '../support/status-page.js';
import { until } from '../support/waiting.js';

const rateHz = 8000;
const [mutesWanted, mutesMax] = [7, 30];

/** As `Pulse`, in the thread of a page. */
const pulseOfPage = `{
  let [last, longest] = [performance.now(), 0];
  setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  window.longestMs = () => {
    const most = longest;
    longest = 0;
    return most;
  };
}`;

const silent: Voice = { next: () => null };
const hostile = 'Eve <img src=x onerror=alert(1)>';
const room = 'Support <script>alert(1)<\u002fscript>';

let platform: Platform;
let browser: Browser;
let rooms = 0;

beforeAll(async () => {
  const environment = { PARLEY_ACCOUNTS: JSON.stringify(statusAccounts), PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8' };
  platform = await Platform.start(environment, tokenOf.acme);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await platform?.end();
});

async function opened(token: string | null): Promise<OpenPage> {
  const found = await openStatusPage(browser, platform.daemon.httpUrl, token);
  onTestFinished(() => found.context.close());
  return found;
}

/** Ann speaks in bursts, Eve listens; in a room of their own. */
async function conference(voice: Voice = silent) {
  const name = `${room} ${rooms++}`;
  const ann = await platform.dialRtp(name, { voice, law: 'pcmu' }, { participantLabel: 'Ann' });
  const eve = await platform.dialRtp(name, { voice: silent, law: 'pcma' }, { participantLabel: hostile });
  onTestFinished(async () => {
    for (const guest of [ann, eve]) await platform.hangUp(guest).catch(() => {});
  });
  return { name, ann, eve };
}

const openRoom = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(escaped(name)) }).click();
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

type Sample = { readonly atMs: number; readonly share: number };

/** What a meter shows, from now on, each 50 ms. */
async function sampled(page: Page, name: string, ms: number): Promise<readonly Sample[]> {
  return page.evaluate(`new Promise((resolve) => {
    const fill = document.querySelector('[aria-label="Level of ${name}"] .fill');
    const samples = [];
    const note = () => samples.push({ atMs: Date.now(), share: Number(fill.style.getPropertyValue('--share')) });
    const timer = setInterval(note, 50);
    setTimeout(() => { clearInterval(timer); resolve(samples); }, ${ms});
  })`);
}

/** How long after the voice the meter is most like it, and how like it is then: share of samples that agree. */
function likeness(samples: readonly Sample[], voice: Bursts): { readonly lagMs: number; readonly agreement: number } {
  const tried = Array.from({ length: 40 }, (_, index) => {
    const lagMs = index * 20;
    const agreeing = samples.filter(({ atMs, share }) => share > 0.15 === voice.wasOn(atMs - lagMs)).length;
    return { lagMs, agreement: agreeing / samples.length };
  });
  return tried.reduce((best, each) => (each.agreement > best.agreement ? each : best));
}

describe('the status page', () => {
  it('shows levels that move with the voices, spurts, quality and the engine', async () => {
    const voice = new Bursts({ onMs: 1500, offMs: 1500 });
    const { name } = await conference(voice);
    const { page, complaints } = await opened(operatorToken);
    await openRoom(page, name);
    const row = page.getByRole('row', { name: /^Ann / });
    await row.waitFor();
    const samples = await keepingTime(descendants(), () => sampled(page, 'Ann', 8000));
    const { lagMs, agreement } = likeness(samples, voice);
    const distinct = new Set(samples.map(({ share }) => share)).size;
    const loud = samples.filter(({ share }) => share > 0.15).length;
    console.log(
      `levels: ${samples.length} in 8 s, ${distinct} distinct, ${loud} loud; like the voice in ` +
        `${(agreement * 100).toFixed(1)} %, ${lagMs} ms behind it`,
    );
    // Speech is half of the time, and never still.
    expect(loud / samples.length).toBeGreaterThan(0.3);
    expect(loud / samples.length).toBeLessThan(0.7);
    expect(distinct).toBeGreaterThan(10);
    expect(agreement).toBeGreaterThan(0.85);
    expect(lagMs).toBeLessThan(600);
    const spurts = row.locator('.timeline .speech');
    expect(await spurts.count()).toBeGreaterThanOrEqual(2);
    expect(await row.getByRole('img', { name: /Spoke \d+ of the last 30 seconds/ }).count()).toBe(1);
    await row.getByText(/4\.\d good/).waitFor();
    expect(await row.getByText('PCMU 8 kHz').count()).toBe(1);
    expect(await page.getByRole('meter', { name: 'Tick budget of shard 0' }).count()).toBe(1);
    expect(await page.getByText('Queued').count()).toBe(1);
    expect([complaints, await violationsOf(page)]).toEqual([[], []]);
  });

  it('shows names as text, whatever is in them', async () => {
    const { name } = await conference();
    const { page, complaints } = await opened(tokenOf.acme);
    await openRoom(page, name);
    await page.getByRole('row', { name: hostile }).waitFor();
    expect(await page.getByRole('heading', { name }).count()).toBe(1);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect([complaints, await violationsOf(page)]).toEqual([[], []]);
  });

  it('mutes by keyboard: what another hears is silent within 200 ms', { timeout: mutesMax * 4000 }, async () => {
    const { name, eve } = await conference(new Tone({ hz: 440, amplitude: 6000, rateHz }));
    const { page } = await opened(operatorToken);
    await openRoom(page, name);
    const mute = page.getByRole('button', { name: 'Mute Ann' });
    const pulse = new Pulse();
    await page.evaluate(pulseOfPage);
    /** From the key to 20 ms of silence at the other ear; null when somebody was held up meanwhile. */
    const muted = async (): Promise<number | null> => {
      await until(() => isHeard(eve));
      await mute.focus();
      pulse.longestMs();
      await page.evaluate('longestMs()');
      const pressedAtMs = monotonicNowMs();
      await page.keyboard.press('Enter');
      await until(() => !isHeard(eve));
      const tookMs = Math.round(monotonicNowMs() - pressedAtMs);
      const wasHeldUp = Math.max(pulse.longestMs(), Number(await page.evaluate('longestMs()'))) > heldUpMs;
      await page.getByRole('button', { name: 'Mute Ann', pressed: true }).waitFor();
      await page.locator('[aria-label="Level of Ann"][aria-valuetext="quiet"]').waitFor();
      // The list was written anew, and the focus is where it was.
      expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe('Mute Ann');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Mute Ann', pressed: false }).waitFor();
      return wasHeldUp ? null : tookMs;
    };
    const tookMs: number[] = [];
    let rounds = 0;
    await keepingTime(descendants(), async () => {
      for (; rounds < mutesMax && tookMs.length < mutesWanted; rounds += 1) {
        const ms = await muted();
        if (ms !== null) tookMs.push(ms);
      }
    });
    pulse.stop();
    console.log(
      `mute: from the key to 20 ms of silence at the other ear: ${tookMs.join(', ')} ms;` +
        ` ${rounds - tookMs.length} rounds held up`,
    );
    expect(tookMs).toHaveLength(mutesWanted);
    // All but one, in which another thread may have been the one that was late.
    expect([...tookMs].sort((a, b) => a - b).at(-2)).toBeLessThanOrEqual(200);
    expect(Math.min(...tookMs)).toBeGreaterThan(0);
  });

  it('holds, records and removes, and says so', async () => {
    const { name, ann } = await conference(new Tone({ hz: 440, amplitude: 6000, rateHz }));
    const { page } = await opened(tokenOf.acme);
    await openRoom(page, name);
    await page.getByRole('button', { name: 'Hold Ann' }).click();
    await page.getByRole('row', { name: /^Ann / }).getByText('On hold').waitFor();
    await page.getByRole('button', { name: 'Record' }).click();
    await page.getByRole('button', { name: 'Record', pressed: true }).waitFor();
    await page.getByText('The conference is recorded.').waitFor();
    await page.getByRole('button', { name: 'Remove Ann' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('row', { name: /^Ann / }).waitFor({ state: 'detached' });
    expect(ann.callSid).not.toBe('');
    await page.getByText('Ann was removed.').waitFor();
  });

  it('shows a visitor nothing of any account, and no way to change anything', async () => {
    const { name, ann } = await conference();
    const { page } = await opened(null);
    await page.getByText('Sign in to see the conferences of your account.').waitFor();
    await page.getByRole('meter', { name: 'Tick budget of shard 0' }).waitFor();
    expect(await page.getByText(name).count()).toBe(0);
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign in']);
    const refused = await page.evaluate(
      `fetch('/status/actions', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ do: 'mute', conference: '${ann.conferenceSid}', call: '${ann.callSid}' }) })
        .then(({ status }) => status)`,
    );
    expect(refused).toBe(401);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill('this-is-no-token-of-anybody');
    await page.keyboard.press('Enter');
    await page.getByText('No account has this token.').waitFor();
  });

  it('shows an account its own, and an operator all and whose they are', async () => {
    const { name } = await conference();
    const own = await opened(tokenOf.acme);
    const other = await opened(tokenOf.northwind);
    const all = await opened(operatorToken);
    await own.page.getByRole('link', { name: new RegExp(escaped(name)) }).waitFor();
    await other.page.getByText('No conference is live.').waitFor();
    expect(await other.page.getByRole('link', { name: new RegExp(escaped(name)) }).count()).toBe(0);
    await all.page.getByRole('link', { name: new RegExp(`${escaped(name)}.*Acme`) }).waitFor();
  });

  it('costs the control thread little for ten viewers of a room of twenty', async () => {
    const name = `crowd ${rooms++}`;
    const line = platform.openLine();
    const voice = new Bursts({ onMs: 2000, offMs: 2000, rateHz: 16_000 });
    const guests = [];
    for (let each = 0; each < 20; each += 1) {
      guests.push(await platform.dialGrpc(name, { line, voice, coding: linear16(16_000) }));
    }
    const { conferenceSid } = guests[0] ?? expect.fail();
    const alone = await controlShare();
    const leave = new AbortController();
    onTestFinished(() => leave.abort());
    const read = await Promise.all(Array.from({ length: 10 }, () => viewer(conferenceSid, leave.signal)));
    const watched = await controlShare();
    const turns = read.map(({ levels }) => levels());
    console.log(
      `control thread: ${alone.toFixed(1)} % of a core with 20 gRPC legs, ${watched.toFixed(1)} % with ten viewers; ` +
        `each was sent ${Math.min(...turns)} to ${Math.max(...turns)} levels in ${shareMs / 1000} s`,
    );
    expect(Math.min(...turns)).toBeGreaterThan(shareMs / 200);
    expect(watched - alone).toBeLessThan(10);
    for (const guest of guests) await platform.hangUp(guest);
  });
});

const shareMs = 6000;

/** Of a core that the control thread takes, per cent: proc(5), `stat` of the thread that began the process. */
async function controlShare(): Promise<number> {
  const { pid } = platform.daemon;
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const [before, startedAtMs] = [ticks(), monotonicNowMs()];
  await until(() => monotonicNowMs() - startedAtMs >= shareMs);
  return (ticks() - before) / ((monotonicNowMs() - startedAtMs) / 1000);
}

/** Reads what a page would, without a browser; counts its turns. */
async function viewer(conferenceSid: string, signal: AbortSignal): Promise<{ readonly levels: () => number }> {
  const headers = { authorization: `Bearer ${tokenOf.acme}` };
  const url = `${platform.daemon.httpUrl}/status/live?conference=${conferenceSid}`;
  const { body, status } = await fetch(url, { headers, signal });
  expect(status).toBe(200);
  let count = 0;
  const read = async (): Promise<void> => {
    for await (const bytes of body ?? []) count += Buffer.from(bytes).toString().split('event: levels').length - 1;
  };
  read().catch(() => {});
  return { levels: () => count };
}

/** Is the last frame that came louder than what is left of a tone by then? */
const isHeard = ({ recording }: RtpGuest): boolean => levelDbfs(recording.latest(160)) > -45;

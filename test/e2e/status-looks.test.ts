/**
 * The status page in the looks that people have: what axe finds wrong with each, and whether it fits. With
 * PARLEY_SCREENSHOTS set to a folder its pictures are left there (`make screenshots`).
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bursts } from '../support/bursts.js';
import { linear16, Platform } from '../support/platform.js';
import {
  axeFindings,
  type Looks,
  launchBrowser,
  openStatusPage,
  operatorToken,
  statusAccounts,
  tokenOf,
  violationsOf,
  wide,
} from '../support/status-page.js';

const folder = process.env.PARLEY_SCREENSHOTS ?? null;

/** Until the timelines are full, where somebody is to look at them. */
const spokenMs = folder === null ? 1500 : 31_000;

const narrow: Looks = { width: 375, height: 812, theme: 'light' };
const room = 'Support escalation 4711';
const longRoom = 'Quarterly review with everybody from the northern region and whoever dials in from the road';

const looks: Readonly<Record<string, Looks>> = {
  'wide-light': wide,
  'wide-dark': { ...wide, theme: 'dark' },
  'narrow-light': narrow,
  'narrow-dark': { ...narrow, theme: 'dark' },
  /** A window of 1280 by 800 that is zoomed to 200 %, by whoever asked for less motion. */
  zoomed: { width: 640, height: 400, theme: 'light', scale: 2, calm: true },
  /** The narrowest that WCAG 2.2 wants everything to fit (1.4.10). */
  narrowest: { width: 320, height: 640, theme: 'dark' },
};

let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  platform = await Platform.start({ PARLEY_ACCOUNTS: JSON.stringify(statusAccounts) }, tokenOf.acme);
  browser = await launchBrowser();
  await people();
});
afterAll(async () => {
  await browser?.close();
  await platform?.end();
});

/** Seven who speak in turns, over RTP and gRPC, with names of all kinds; two other rooms. */
async function people(): Promise<void> {
  const speak = (fromMs: number, onMs: number, offMs: number, gain = 1) =>
    new Bursts({ onMs, offMs, fromMs: onMs + offMs - fromMs, gain });
  const dial = (participantLabel: string, law: 'pcmu' | 'pcma', voice: Bursts, attributes = {}) =>
    platform.dialRtp(room, { voice, law }, { participantLabel, ...attributes });
  await dial('Ana Lima', 'pcmu', speak(100, 3600, 5200, 0.8), { endConferenceOnExit: true });
  const ben = await dial('Ben Okafor', 'pcma', speak(2000, 2500, 7500));
  await dial('مريم الخطيب', 'pcma', speak(4500, 2200, 6400, 0.5));
  await dial('Zoë <img src=x onerror=alert(1)>', 'pcmu', speak(7000, 900, 4100, 0.35));
  const customer = await dial('Customer 4711', 'pcmu', speak(0, 2000, 6000));
  const line = platform.openLine();
  const voice = new Bursts({ onMs: 1400, offMs: 9000, fromMs: 8000, rateHz: 16_000, gain: 0.6 });
  await platform.dialGrpc(room, { line, voice, coding: linear16(16_000) }, { participantLabel: 'Concierge bot' });
  await platform.update(ben, { muted: true });
  await platform.update(customer, { hold: true, holdUrl: '' });
  for (const [name, label] of [
    [longRoom, 'Chair'],
    ['اجتماع الفريق', 'ليلى'],
  ] as const) {
    const quiet = new Bursts({ onMs: 500, offMs: 9500 });
    await platform.dialRtp(name, { voice: quiet, law: 'pcmu' }, { participantLabel: label });
  }
}

/** Resolves when everybody has spoken on it for as long as is to be seen. */
async function openedRoom(look: Looks): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const { page, complaints } = await openStatusPage(browser, platform.daemon.httpUrl, operatorToken, look);
  await page.getByRole('link', { name: new RegExp(room) }).click();
  await page.getByRole('row', { name: /^Ana Lima / }).waitFor();
  return { page, complaints };
}

const widthOf = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth');

describe('the status page', () => {
  it('is found faultless by axe, and fits, in all its looks', async () => {
    const opened = await Promise.all(
      Object.entries(looks).map(async ([name, look]) => ({ name, look, ...(await openedRoom(look)) })),
    );
    await opened[0]?.page.waitForTimeout(spokenMs);
    await opened[0]?.page
      .getByText(/4\.\d good/)
      .first()
      .waitFor();
    const found = [];
    for (const { name, look, page, complaints } of opened) {
      if (folder !== null) await page.screenshot({ path: join(folder, `${name}.png`) });
      found.push({ name, axe: await axeFindings(page), complaints, violations: await violationsOf(page) });
      expect([name, await widthOf(page)]).toEqual([name, look.width]);
    }
    expect(found).toEqual(Object.keys(looks).map((name) => ({ name, axe: [], complaints: [], violations: [] })));
  });

  it('is found faultless by axe with each dialog, and for a visitor', async () => {
    const { page } = await openedRoom({ ...narrow, theme: 'dark' });
    await page.getByRole('button', { name: 'Announce Ana Lima' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Announce');
    await page.getByRole('button', { name: 'Remove Ana Lima' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('row', { name: /^Ana Lima / }).count()).toBe(1);
    const visitor = await openStatusPage(browser, platform.daemon.httpUrl, null);
    await visitor.page.getByText('Sign in to see').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
    await visitor.page.getByRole('button', { name: 'Sign in' }).click();
    expect(await axeFindings(visitor.page)).toEqual([]);
    if (folder !== null) await visitor.page.screenshot({ path: join(folder, 'visitor.png') });
  });

  it('tells readers of screens the same: landmarks, a table, meters with words', async () => {
    const { page } = await openedRoom({ ...narrow, calm: true });
    // As cards the table is still one.
    expect(await page.getByRole('table', { name: room }).getByRole('columnheader').allTextContents()).toEqual([
      ...['Participant', 'Level', 'Last 30 s', 'Quality', 'Actions'],
    ]);
    const meter = page.getByRole('meter', { name: 'Level of Ana Lima' });
    expect(await meter.getAttribute('aria-valuetext')).toMatch(/^(quiet|\u2212\d+ dB)$/);
    expect(await page.getByRole('banner').count()).toBe(1);
    expect(await page.getByRole('region', { name: 'Engine' }).count()).toBe(1);
    // By keyboard alone: past the top into the list, and a room is opened.
    await page.keyboard.press('Tab');
    await page.getByRole('link', { name: new RegExp(longRoom) }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: longRoom }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('room-title');
  });
});

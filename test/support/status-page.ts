/** The status page in Chromium: signed in or not, in the looks that people have, and everything it complains of. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export const statusAccounts = [
  {
    sid: 'b3877c40-da60-4998-90ad-b792e98472af',
    name: 'Acme',
    tokens: ['acme-token-for-the-tests'],
    signingKeys: ['acme-key'],
  },
  {
    sid: '5c1d2f1e-7f5b-4f1f-8d0c-3b1a2c4d5e6f',
    name: 'Northwind',
    tokens: ['northwind-token-for-the-tests'],
    signingKeys: ['northwind-key'],
  },
  {
    sid: '0f6f1a52-6c9e-4f0e-9a58-2f6c7d8e9fa0',
    name: 'Night shift',
    tokens: ['operator-token-for-the-tests'],
    signingKeys: ['operator-key'],
    operator: true,
  },
] as const;

export const tokenOf = { acme: 'acme-token-for-the-tests', northwind: 'northwind-token-for-the-tests' } as const;
export const operatorToken = 'operator-token-for-the-tests';

/** What no test of a page of this machine needs: no sandbox in a container, no graphics, nothing of elsewhere. */
const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: switches });

export type Looks = {
  readonly width: number;
  readonly height: number;
  readonly theme: 'light' | 'dark';
  readonly calm?: boolean;
  readonly scale?: number;
};
export const wide: Looks = { width: 1440, height: 900, theme: 'light' };

export type OpenPage = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser said went wrong: violations of the policy, errors of the script, requests of elsewhere. */
  readonly complaints: readonly string[];
};

const noteViolations = `
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    window.violations.push(event.violatedDirective + ' ' + event.blockedURI);
  });`;

/** `token`: null for a visitor; others sign in as people do. */
export async function openStatusPage(
  browser: Browser,
  url: string,
  token: string | null,
  { width, height, theme, calm = false, scale = 1 }: Looks = wide,
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    deviceScaleFactor: scale,
    reducedMotion: calm ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  await page.addInitScript(noteViolations);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  if (token !== null) {
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }
  return { page, context, complaints };
}

/** Violations of the policy that the page has met. */
export const violationsOf = (page: Page): Promise<readonly string[]> => page.evaluate('window.violations');

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export type AxeFinding = { readonly id: string; readonly help: string; readonly nodes: readonly string[] };

/** What axe finds wrong with the page as it is now: WCAG 2.2 A and AA, and its best practices. */
export async function axeFindings(page: Page): Promise<readonly AxeFinding[]> {
  await page.evaluate(axeSource);
  return page.evaluate(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
  }).then(({ violations }) => violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary),
  })))`);
}

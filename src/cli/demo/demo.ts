/** `parley demo`: a daemon, five callers in processes of their own, and proof of what each of them heard. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ApiClient } from '../../client/api-client.js';
import { monotonicNowMs } from '../caller/monotonic.js';
import { startDaemon } from '../daemon-process.js';
import { pngBytes } from '../draw/png.js';
import { svgText } from '../draw/svg.js';
import type { Paint } from '../paint.js';
import { Director, type Performance } from './director.js';
import { examine } from './evidence.js';
import { portrait } from './portrait.js';
import { screenplay } from './screenplay.js';
import { createTimeline } from './timeline.js';
import { judge, type Verdict } from './verdicts.js';
import { WebhookWitness } from './webhook-witness.js';

/** Key of the account the daemon has when none is configured. */
const signingKey = 'parley-development-signing-key';

/** Callbacks may be in flight when the last caller has hung up. */
const lastCallbackLimitMs = 5000;

export type DemoOptions = {
  readonly folder: string;
  readonly paint: Paint;
  readonly write: (line: string) => void;
};

async function lastCallback(witness: WebhookWitness): Promise<void> {
  const limitAtMs = monotonicNowMs() + lastCallbackLimitMs;
  while (witness.testimonies.at(-1)?.event !== 'conference-end' && monotonicNowMs() < limitAtMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function tell(verdicts: readonly Verdict[], { paint, write }: DemoOptions): void {
  write(`\n${paint('bold', 'What the recordings and the web application prove')}`);
  for (const { claim, isTrue, figures } of verdicts) {
    const outcome = isTrue ? paint('green', '✓ yes') : paint('red', '✗ NO ');
    write(`  ${outcome}  ${claim} ${paint('dim', `(${figures})`)}`);
  }
}

function leave(folder: string, performance: Performance): readonly string[] {
  const scene = portrait(performance, 'Parley: one room, five callers, what each said and heard');
  writeFileSync(join(folder, 'conference.svg'), svgText(scene));
  writeFileSync(join(folder, 'conference.png'), pngBytes(scene));
  return ['conference.png', 'conference.svg', 'heard-by-*.wav'].map((name) => join(relative('.', folder), name));
}

/** Resolves with whether everything was as it must be. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { paint, write } = options;
  const folder = resolve(options.folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const startedMs = monotonicNowMs();
  const timeline = createTimeline(paint, write, () => monotonicNowMs() - startedMs);
  const daemon = await startDaemon({ PARLEY_LOG_LEVEL: 'warn' });
  const client = new ApiClient(daemon.grpcAddress, null);
  const witness = await WebhookWitness.listen(signingKey, (testimony) =>
    timeline.webhook(testimony, director.nameOf(testimony.callSid)),
  );
  const stage = { client, grpcAddress: daemon.grpcAddress, callbackUrl: witness.url, folder, timeline };
  const director = new Director(stage);
  try {
    write(`${paint('bold', 'Parley')} listens for gRPC on ${daemon.grpcAddress}; espeak-ng lends the voices.`);
    await director.rehearse(screenplay);
    const performance = await director.play(screenplay);
    await lastCallback(witness);
    const verdicts = judge({
      findings: examine(performance.utterances, performance.recordings),
      arrivals: performance.arrivals,
      testimonies: witness.testimonies,
    });
    tell(verdicts, options);
    write(`\nTo look at and to listen to: ${leave(folder, performance).join(', ')}`);
    return verdicts.every(({ isTrue }) => isTrue);
  } finally {
    director.end();
    client.close();
    witness.close();
    await daemon.stop();
  }
}

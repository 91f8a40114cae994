/** What the files of deploy/ are measured against: the settings of the daemon that they start. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Config, type ReadConfig, readConfig } from '../../src/config/config.js';
import { configSource } from '../../src/config/config-file.js';
import { problemText } from '../../src/config/problem.js';

/** What `serve` would make of it; throws with all that is wrong. */
export function configured(configFile?: string, environment: Readonly<Record<string, string>> = {}): ReadConfig {
  const source = configSource({ environment, configFile });
  if (!source.ok) throw new Error(source.error);
  const read = readConfig(source.value);
  if (!read.ok) throw new Error(read.error.map(problemText).join('\n'));
  return read.value;
}

/** A folder with these files, by their paths, which nobody else may read; gone with the test. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-deploy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  }
  return folder;
}

/** How long a daemon that is asked to stop may take. Whoever kills it sooner cuts calls off, or loses callbacks. */
export const stopSeconds = ({ drainSeconds, shutdownSeconds }: Config): number => drainSeconds + shutdownSeconds;

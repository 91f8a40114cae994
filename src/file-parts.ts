/** The part of the composition root that judges the files which a configuration names, without using them. */
import { systemClock } from './adapters/system/clock.js';
import type { Config } from './config/config.js';
import { readConfigFiles } from './config/config-files.js';
import type { Fault } from './config/problem.js';
import { tlsFaults } from './tls-parts.js';

export async function fileFaults(config: Config): Promise<readonly Fault[]> {
  const [tls, files] = await Promise.all([tlsFaults(config, systemClock.now()), readConfigFiles(config)]);
  return files.ok ? tls : [...tls, ...files.error];
}

/** Compiles src/client, and the generated code it needs, into dist: the package is what the daemon's own tools use. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here('dist'), { recursive: true, force: true });
copyFileSync(here('../../LICENSE'), here('LICENSE'));
const compiler = here('../../node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', here('tsconfig.json')], { stdio: 'inherit' });
process.exit(status ?? 1);

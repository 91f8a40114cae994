/** The dashboard: questions of somebody who is on call, in the order in which they are asked. */
import { capacity } from './capacity.js';
import { delivery } from './delivery.js';
import { overload } from './overload.js';
import type { Row } from './panel.js';
import { sound } from './sound.js';
import { up } from './up.js';
import { usage } from './usage.js';

export const rows: readonly Row[] = [up, capacity, sound, delivery, usage, overload];

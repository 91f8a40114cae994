/** The clock of the daemon, for tests of what lives in real time, such as sockets. */
export { systemClock as realClock } from '../../src/adapters/system/clock.js';

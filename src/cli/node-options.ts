/**
 * What Node is started with for a daemon, as the first line of `main.ts` has it. Node gives V8 four threads that help
 * its collector, whatever the machine has: on two cores they leave the control thread a third of the time while they
 * mark its heap. With 0 it gives it one less than there are cores, and one at least.
 */
export const nodeOptions = ['--v8-pool-size=0'] as const;

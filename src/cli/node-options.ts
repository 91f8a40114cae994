/**
 * What Node is started with for a daemon, as the first line of `main.ts` has it.
 *
 * Node gives V8 four threads that help its collector, whatever the machine has: on two cores they leave the control
 * thread a third of the time while they mark its heap. With a pool of 0 it gives it one less than there are cores, and
 * one at least.
 *
 * V8 lets its old generation grow to between 1.1 and four times what lived through the last marking, by how fast it
 * marks and we allocate. Under a steady load that wanders for half an hour, and looks like a leak. Here it is always
 * two and a half times: what has to be moved at the end of a marking is done in 13 to 29 ms then, at four times in 33
 * to 59, and what lives for a moment only makes less of a wave in what is resident.
 */
export const nodeOptions = ['--v8-pool-size=0', '--heap-growing-percent=150'] as const;

/**
 * Between two looks of those who look at shards and legs for as long as there are any. They begin together and so wake
 * up together: for a thread that has slept, to wake up takes longer than to look.
 */
export const beatMs = 250;

/** What the job pool runs, by name: finite tasks, several at a time in each thread. */
export { makeFiles } from './recordings/make-files.js';
export { sealFile } from './recordings/seal-file.js';
export { decodeSound } from './sound/decode.js';
export { renderMusic } from './sound/render-music.js';

// Decoders say on the console what they think of a file. It is told by what becomes of the task.
console.error = () => {};

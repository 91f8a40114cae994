/** Programs under measurement: their lines, and their CPU time by the kernel's own count. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export type Child = {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line of its output; rejects when it ends before. */
  readonly line: () => Promise<string>;
  /** As `line`, and null at the end. */
  readonly lineOrEnd: () => Promise<string | null>;
  /** Its exit status. */
  readonly ended: () => Promise<number | null>;
};

export function startChild(program: string, args: readonly string[]): Child {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  const lineOrEnd = async (): Promise<string | null> => {
    const { value, done } = await lines.next();
    return done === true ? null : value;
  };
  return {
    process: child,
    line: async () => {
      const line = await lineOrEnd();
      if (line === null) throw new Error(`${program} ended early`);
      return line;
    },
    lineOrEnd,
    ended: async () => {
      await closed;
      return child.exitCode;
    },
  };
}

/** Nanoseconds on a CPU so far, user and kernel, over all threads that live (proc(5), schedstat). */
export function cpuNs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [onCpu = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(onCpu);
  }, 0);
}

/** Resident memory of a process, bytes (proc(5), status). */
export function residentBytes(pid: number): number {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** deploy/systemd: a unit that systemd takes, that is as closed as it can be, and that lets a drain end. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { configured, folderOf, stopSeconds } from '../support/deployments.js';

const run = promisify(execFile);

const file = 'deploy/systemd/parley.service';
const unit = readFileSync(file, 'utf8');

/** In tenths of what systemd-analyze calls exposure. What is left is the network, real-time, and V8's compiler. */
const exposureMax = 13;

/**
 * What strace saw of a daemon under an ordinary user: engines under load, a call over RTP and one over gRPC, a
 * recording with all formats, health, reload, drain; and what libuv does on other kernels. pkey_alloc is missing: V8
 * asks once, and does without.
 */
const seenCalls = `
  accept4 access arch_prctl bind brk capget clock_gettime clock_nanosleep clone clone3 close connect
  epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 execve exit exit_group fallocate fcntl fdatasync
  fstat fsync ftruncate futex getcwd getdents64 getegid geteuid getgid getpeername getpid getpriority getrandom
  getrusage getsockname gettid getuid ioctl kill listen lseek lstat madvise mkdir mmap mprotect munmap
  newfstatat openat pipe pipe2 pread64 prlimit64 pwrite64 read readlink recvmmsg recvmsg rename rseq
  rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_getparam sched_getscheduler
  sched_setscheduler sendmmsg sendmsg sendto set_robust_list set_tid_address setpriority setsockopt shutdown
  socket stat statfs statx sysinfo uname unlink wait4 write writev
`
  .trim()
  .split(/\s+/);

const values = (name: string): readonly string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
const value = (name: string): string => values(name).at(-1) ?? '';

/** The system calls of systemd's sets, as this machine's systemd knows them. */
async function callsOf(filter: string): Promise<ReadonlySet<string>> {
  const calls = new Set<string>();
  for (const name of filter.replace(/^~/, '').split(' ')) {
    if (!name.startsWith('@')) calls.add(name);
    else {
      const { stdout } = await run('systemd-analyze', ['syscall-filter', name]);
      const [, ...members] = stdout.split('\n').map((line) => line.trim());
      const named = members.filter((member) => member !== '' && !member.startsWith('#'));
      for (const call of await callsOf(named.join(' '))) if (call !== '') calls.add(call);
    }
  }
  return calls;
}

describe('parley.service', () => {
  it('is a unit that systemd takes without a word', async () => {
    // Where Parley is not installed its program is not there: Node is, in its place.
    const folder = folderOf({ 'parley.service': unit.replaceAll('/opt/parley/bin/parley', process.execPath) });
    const { stdout, stderr } = await run('systemd-analyze', ['verify', join(folder, 'parley.service')]);
    expect(stdout + stderr).toBe('');
  });

  it('is exposed to little', async () => {
    const { stdout } = await run('systemd-analyze', [
      ...['security', '--offline=true', `--threshold=${exposureMax}`, '--no-pager', resolve(file)],
    ]);
    expect(stdout).toContain('Overall exposure level');
  });

  it('gives a drain its time, before it kills', () => {
    expect(value('KillSignal')).toBe('SIGTERM');
    expect(value('KillMode')).toBe('mixed');
    const { config } = configured();
    expect(Number.parseInt(value('TimeoutStopSec'), 10)).toBeGreaterThanOrEqual(stopSeconds(config) + 5);
  });

  it('permits what the engines ask for: their priority, and two descriptors for each leg', () => {
    const { config } = configured();
    expect(Number(value('LimitRTPRIO'))).toBeGreaterThanOrEqual(config.realtimePriority);
    expect(Number(value('LimitNOFILE'))).toBeGreaterThanOrEqual(2 * config.legsPerShard * 8);
    expect(unit).not.toMatch(/^(RestrictRealtime|MemoryDenyWriteExecute)=(yes|true|1)/m);
  });

  it('filters no system call that a daemon was seen to make', async () => {
    const [allowed = '', ...denied] = values('SystemCallFilter');
    const calls = new Set(await callsOf(allowed));
    for (const filter of denied) for (const call of await callsOf(filter)) calls.delete(call);
    expect(seenCalls.filter((call) => !calls.has(call))).toEqual([]);
    expect(
      [...calls].filter((call) => ['ptrace', 'mount', 'bpf', 'reboot', 'setuid', 'chroot'].includes(call)),
    ).toEqual([]);
  });

  it('reloads by SIGHUP what was checked before', () => {
    expect(values('ExecReload')).toEqual([
      '/opt/parley/bin/parley config check --no-files $PARLEY_CONFIG',
      '/bin/kill -HUP $MAINPID',
    ]);
    expect(value('RestartPreventExitStatus')).toBe('2');
  });

  it('has the user that systemd-sysusers makes', async () => {
    const root = folderOf({ 'etc/passwd': '', 'etc/group': '', 'etc/shadow': '', 'etc/gshadow': '' });
    await run('systemd-sysusers', [`--root=${root}`, resolve('deploy/systemd/parley.sysusers.conf')]);
    const [name, , uid, , , home, shell] = readFileSync(join(root, 'etc/passwd'), 'utf8').trim().split(':');
    expect(name).toBe(value('User'));
    expect(Number(uid)).toBeGreaterThan(0);
    expect(home).toBe('/var/lib/parley');
    expect(shell).toMatch(/nologin$/);
  });
});

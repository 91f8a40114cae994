/** `parley config reload`: the daemon reads its configuration anew. */
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';
import { type ConnectionOptions, type Write, withDaemon } from './connection.js';

/** False, with a line on standard error, when the daemon is away or refuses, or when something is wrong. */
export async function reload(options: ConnectionOptions, write: Write, complain: Write): Promise<boolean> {
  let isApplied = false;
  const isAnswered = await withDaemon(options, async (client) => {
    const { problems, applied, needRestart, warnings } = await client.call(AdminService.method.reloadConfig, {});
    for (const problem of problems) complain(problem);
    for (const warning of warnings) complain(`warning: ${warning}`);
    isApplied = problems.length === 0;
    if (!isApplied) return;
    write(applied.length === 0 ? 'no setting has changed' : `changed: ${applied.join(', ')}`);
    if (needRestart.length > 0) write(`need a restart: ${needRestart.join(', ')}`);
  });
  return isAnswered && isApplied;
}

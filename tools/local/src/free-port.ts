import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { ToolFailure } from '@skerry/native/tool-failure';

/** Below what systems give to outgoing connections: of a port from there a client may be quicker than the server it is for. */
const [FROM, TO] = [20_000, 32_000];
let next = randomInt(FROM, TO);

/**
 * A loopback port that is free now, another one each time. Somebody else may take it before it is used: a start that fails
 * on it chooses anew.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TO - FROM; tries += 1) {
    const port = next;
    next = port + 1 < TO ? port + 1 : FROM;
    if (await isFree(port)) return port;
  }
  throw new ToolFailure(`no loopback port from ${FROM} to ${TO} is free`, 'end what listens there');
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Several free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Throws with what to do if the loopback port is in use. `part` names who wants it. */
export function requireFree(port: number, part: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy = `end what listens there (\`ss -ltnp\` shows it), or begin anew with other ports by --fresh`;
      reject(
        error.code === 'EADDRINUSE'
          ? new ToolFailure(`port ${port} of ${part} is taken by another program`, remedy, { cause: error })
          : error,
      );
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

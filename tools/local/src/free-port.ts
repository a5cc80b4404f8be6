import { createServer } from 'node:net';
import { ToolFailure } from '@skerry/native/tool-failure';

/** A loopback port that is free now. Somebody else may take it before it is used: a start that fails on it chooses anew. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

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

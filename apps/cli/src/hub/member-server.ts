import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import { EXIT } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';

const TIMEOUT_MS = 5_000;

/** The Kubernetes version of the API server that a kubeconfig leads to; throws CliFailure when none answers, or refuses. */
export const requireServer = async (kubeconfig: string, path: string): Promise<string> => {
  // Loaded here: parsing kubeconfigs of any kind needs a large library.
  const [{ MemberClient }, { systemClock }] = await Promise.all([
    import('@skerry/adapters/kubernetes/member-client'),
    import('@skerry/adapters/memory/system-clock'),
  ]);
  const member = new MemberClient({
    clock: systemClock,
    loadKubeconfig: async () => kubeconfig,
    requestTimeoutMs: TIMEOUT_MS,
  });
  const wrong = (why: string, cause?: unknown): CliFailure =>
    new CliFailure(`${path}: ${why}; nothing was changed`, EXIT.refused, { cause });
  try {
    const { status, body } = await member.request({ method: 'GET', path: '/version' });
    const version = (body as { gitVersion?: string } | undefined)?.gitVersion;
    if (status === 401 || status === 403) throw wrong(`the API server refuses its credentials (${status})`);
    if (status !== 200 || version === undefined)
      throw wrong(`it leads to no Kubernetes API server (GET /version answered ${status})`);
    const { status: allowed } = await member.request({ method: 'GET', path: '/api/v1/namespaces?limit=1' });
    if (allowed === 401 || allowed === 403) throw wrong(`the API server refuses its credentials (${allowed})`);
    return version;
  } catch (error) {
    if (error instanceof TerminalFailure) throw wrong(error.message, error);
    if (!(error instanceof TransientFailure)) throw error;
    const { code, message = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
    throw wrong(`its API server does not answer (${code ?? message})`, error);
  } finally {
    await member.close();
  }
};

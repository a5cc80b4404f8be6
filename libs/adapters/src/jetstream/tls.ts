/**
 * The client takes `tls://` off and asks the server whether it wants TLS, so that whoever stands between could say no and
 * read the password. Demanded here whenever somebody wrote it.
 */
export const tlsOf = ({
  servers,
  ca,
}: {
  readonly servers: string | readonly string[];
  readonly ca?: string;
}): { ca?: string } | undefined => {
  if (ca !== undefined) return { ca };
  const isTls = [servers].flat().some((server) => server.startsWith('tls://'));
  return isTls ? {} : undefined;
};

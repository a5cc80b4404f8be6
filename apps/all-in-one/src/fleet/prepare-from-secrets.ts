import { FleetSecrets } from './fleet-secrets.ts';

/** Makes the store and its logins from a folder of secrets. Answers the roles that have a login now. */
export const prepareFromSecrets = async (options: {
  folder: string;
  connectionString: string;
  fleet?: string;
}): Promise<readonly string[]> => {
  const secrets = await FleetSecrets.open(options.folder);
  return await secrets.prepare(options.connectionString, options.fleet);
};

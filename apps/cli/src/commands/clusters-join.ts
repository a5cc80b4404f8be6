import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, requireOk, usage } from '../failure.ts';
import { requireServer } from '../hub/member-server.ts';
import { type Call, onHub, type Shell, withExamples } from './command.ts';

interface JoinOptions {
  readonly kubeconfig: string;
  readonly region?: string;
  readonly zone?: string;
  readonly provider?: string;
  readonly label: Readonly<Record<string, string>>;
}

export const addJoin = (parent: Command, shell: Shell): void => {
  const command = parent
    .command('join')
    .description(
      'Makes a cluster a member, or renews its credentials. Its kubeconfig is kept sealed at the hub; it has to work from there, so no program that only your machine has may be named in it.',
    )
    .argument('<name>', 'name of the cluster: lower case letters, digits and -')
    .requiredOption('--kubeconfig <file>', "the member's kubeconfig (the hub's own goes before `clusters`)")
    .option('--region <name>', 'policies choose by it')
    .option('--zone <name>', 'policies choose by it')
    .option('--provider <name>', 'policies choose by it')
    .option('--label <key=value>', 'label that policies choose by; may be repeated', collectLabel, {})
    .action(
      onHub<JoinOptions>(
        shell,
        ([name], call) => join(name, call),
        // what stands behind `join` is the member's
        (command) => command.parent!.optsWithGlobals(),
      ),
    );
  withExamples(command, [
    'skerry clusters join north --kubeconfig north.yaml --region north --label tier=gold',
    'skerry --kubeconfig hub.yaml clusters join north --kubeconfig north.yaml',
  ]);
};

const collectLabel = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const [key, value, ...rest] = text.split('=');
  if (!key || value === undefined || rest.length > 0) throw usage(`--label ${text}: key=value is wanted`);
  return { ...before, [key]: value };
};

const join = async (name: string, { api, options, world }: Call<JoinOptions>): Promise<void> => {
  const path = resolve(world.folder, options.kubeconfig);
  const kubeconfig = readText(path);
  const version = await requireServer(kubeconfig, path);
  const { region, zone, provider, label } = options;
  const labels = Object.keys(label).length > 0 ? { labels: label } : {};
  const places = { ...(region && { region }), ...(zone && { zone }), ...(provider && { provider }) };
  requireOk(await joinCluster(api, { name, kubeconfig, ...places, ...labels }), `clusters join ${name}`);
  world.out(`${name} (Kubernetes ${version}) is a member; skerry clusters list shows when it is Ready`);
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliFailure(
      `${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
      EXIT.usage,
      { cause },
    );
  }
};

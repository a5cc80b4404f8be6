import { randomUUID } from 'node:crypto';
import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import { configMap, deployment } from './objects.ts';

/** What a client was told is done: by object path, its value, or undefined when it was deleted. */
export type Acknowledged = Map<string, string | undefined>;

export interface ClientOptions {
  readonly api: () => HubApi;
  readonly namespace: string;
  readonly name: string;
  /** seeded, so that a failing run can be had again */
  readonly random: () => number;
  readonly log: Acknowledged;
  /** resolves when the next command may be sent */
  readonly turn: () => Promise<void>;
  readonly onFlight: (command: string, flying: boolean) => void;
}

const OBJECTS = 6;

/** Applies, scales and deletes its own objects, one command after another; each is repeated under its id until it is answered. */
export const runCommands = async (options: ClientOptions, count: number): Promise<void> => {
  for (let step = 0; step < count; step += 1) {
    await options.turn();
    await runOne(options, step);
  }
};

const runOne = async (options: ClientOptions, step: number): Promise<void> => {
  const { namespace, name, random, log } = options;
  const which = Math.floor(random() * OBJECTS);
  const isNote = which % 2 === 0;
  const object = `${name}-${which}`;
  const path = isNote
    ? `/api/v1/namespaces/${namespace}/configmaps/${object}`
    : `/apis/apps/v1/namespaces/${namespace}/deployments/${object}`;
  const roll = random();
  const value = isNote ? `step-${step}` : String(1 + (step % 4));
  if (roll < 0.2 && log.get(path) !== undefined) return remove(options, path);
  const body = isNote
    ? configMap(namespace, { name: object, data: { value } })
    : deployment(namespace, { name: object, replicas: Number(value), image: 'registry.example/web:1' });
  const isScale = !isNote && roll < 0.6 && log.get(path) !== undefined;
  const command = isScale ? { spec: { replicas: Number(value) } } : body;
  const type = isScale ? 'application/merge-patch+json' : 'application/apply-patch+yaml';
  const target = isScale ? path : `${path}?fieldManager=client&force=true`;
  await answered(options, {
    what: `${isScale ? 'scale' : 'apply'} ${path} ${value}`,
    call: (id) => options.api().call('PATCH', target, { body: command, type, id }),
  });
  log.set(path, value);
};

const remove = async (options: ClientOptions, path: string): Promise<void> => {
  await answered(options, {
    what: `delete ${path}`,
    call: (id) => options.api().call('DELETE', path, { id }),
    gone: true,
  });
  options.log.set(path, undefined);
};

interface Command {
  readonly what: string;
  readonly call: (id: string) => Promise<{ status: number; body: any }>;
  /** a repeated delete finds nothing: that is its answer */
  readonly gone?: boolean;
}

const answered = async ({ onFlight }: ClientOptions, { what, call, gone = false }: Command): Promise<void> => {
  const id = randomUUID();
  onFlight(what, true);
  try {
    for (;;) {
      const answer = await call(id).catch(() => undefined);
      if (answer && (answer.status < 300 || (gone && answer.status === 404))) return;
      if (answer && answer.status < 500 && answer.status !== 409)
        throw new Error(`${what}: ${answer.status} ${answer.body?.message}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    onFlight(what, false);
  }
};

import type { Command } from 'commander';
import { addAdoptRestored } from './store-adopt-restored.ts';
import { addPrepare } from './store-prepare.ts';
import { addRetain } from './store-retain.ts';
import { type Shell, withExamples } from './command.ts';

export const addStore = (program: Command, shell: Shell): void => {
  const command = program.command('store').summary('care for the event store').description('Care for the event store.');
  withExamples(command, ['skerry store adopt-restored --dir .skerry', 'skerry store prepare --secrets ./secrets']);
  addAdoptRestored(command, shell);
  addPrepare(command, shell);
  addRetain(command, shell);
};

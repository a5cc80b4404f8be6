import type { Command } from 'commander';
import { newOutcome } from '../commands/command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { buildProgram, descendantsOf, pathOf } from '../program.ts';
import type { World } from '../world.ts';

const COLUMNS = 100;
const HEADING = `# The command line

<!-- Written by \`npm run reference -w @skerry/cli\` from the commands' own help. Change them there. -->

\`bin/skerry\` finds the hub by \`--kubeconfig\`, then \`SKERRY_KUBECONFIG\`, then \`.skerry/hub/kubeconfig\` in the present folder
or one above. What people read goes to standard output as tables; \`-o json\`, \`-o yaml\` and \`-o name\` are for programs and
keep their shape. Errors go to standard error. \`NO_COLOR\` is honoured: nothing is coloured.
`;

/** docs/reference/cli.md, from the help of every command. */
export const referenceText = (world: World): string => {
  const said: string[] = [];
  const recording = { ...world, columns: () => COLUMNS, out: (text: string) => void said.push(text) };
  const program = buildProgram({ world: recording, outcome: newOutcome() });
  const chapters = [program, ...descendantsOf(program)].map((command) => {
    said.length = 0;
    command.outputHelp();
    return `${'#'.repeat(depthOf(command) + 1)} ${pathOf(command)}\n\n\`\`\`text\n${said.join('\n').trim()}\n\`\`\`\n`;
  });
  const codes = EXIT_CODES.map(([code, text]) => `- \`${code}\`: ${text}`).join('\n');
  return `${HEADING}\n## Exit codes\n\n${codes}\n\n${chapters.join('\n')}`;
};

const depthOf = (command: Command): number => (command.parent ? 1 + depthOf(command.parent) : 1);

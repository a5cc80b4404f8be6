import { forbiddenWords } from '@skerry/checks/layers/rules';
import { ToolFailure } from '@skerry/native/tool-failure';

/** One name in the forms that code needs. */
export interface Names {
  /** quiet-hours */
  readonly kebab: string;
  /** quietHours */
  readonly camel: string;
  /** QuietHours */
  readonly pascal: string;
  /** QUIET_HOURS */
  readonly constant: string;
  /** quiet hours */
  readonly words: string;
}

/** Throws ToolFailure for what is no kebab-case word, or one that says nothing. */
export const namesOf = (text: string): Names => {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text)) {
    throw new ToolFailure(`"${text}" is no name`, 'use lower-case words with a - between them, e.g. quiet-hours');
  }
  const words = text.split('-');
  const empty = words.find((word) => forbiddenWords.includes(word));
  if (empty !== undefined) throw new ToolFailure(`"${empty}" says nothing about what it is for`, 'say what it does');
  const pascal = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return {
    kebab: text,
    camel: pascal[0]!.toLowerCase() + pascal.slice(1),
    pascal,
    constant: words.join('_').toUpperCase(),
    words: words.join(' '),
  };
};

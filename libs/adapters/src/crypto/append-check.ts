import { CATEGORIES, categoryOf, MAX_EVENT_BYTES } from '@skerry/ports/event-store/event-store';
import type { AppendRequest, NewEvent } from '@skerry/ports/event-store/event-store';
import { TerminalFailure } from '@skerry/kernel/errors';

/** PostgreSQL refuses longer index rows; far above any name that Kubernetes allows. */
const MAX_NAME_CHARACTERS = 1_000;
const NAMES = ['stream', 'type', 'partition', 'namespace', 'uid', 'cluster'] as const;

/**
 * Refuses what no store may accept, before it joins a batch with others' appends.
 * Throws TerminalFailure `event-too-large` or `bad-append`, naming field, value and what is allowed.
 */
export const checkAppend = (request: AppendRequest): void => {
  if (request.commandId === '') refuse('commandId', '""', 'a text that names the command');
  if (request.events.length === 0) refuse('events', '[]', 'at least one event');
  for (const [index, event] of request.events.entries()) checkEvent(event, index);
  for (const { stream, version } of request.expected) {
    if (!Number.isSafeInteger(version) || version < 0)
      refuse(`expected[${stream}]`, `${version}`, 'a whole number ≥ 0');
  }
};

const checkEvent = (event: NewEvent, index: number): void => {
  const at = `events[${index}]`;
  if (event.data.byteLength > MAX_EVENT_BYTES) {
    const found = `${at}.data of ${event.stream} has ${event.data.byteLength} bytes`;
    throw new TerminalFailure(`${found}; allowed are ${MAX_EVENT_BYTES}: put the body into a blob`, {
      code: 'event-too-large',
    });
  }
  for (const name of NAMES) {
    const value = event[name];
    if (value.includes('\0')) refuse(`${at}.${name}`, JSON.stringify(value), 'text without NUL characters');
    if (value.length > MAX_NAME_CHARACTERS) {
      refuse(`${at}.${name}`, `${value.slice(0, 40)}… (${value.length})`, `at most ${MAX_NAME_CHARACTERS} characters`);
    }
  }
  if (!CATEGORIES.includes(categoryOf(event.stream))) {
    refuse(`${at}.stream`, event.stream, `<category>-<id> with a category of ${CATEGORIES.join(', ')}`);
  }
  if (event.type === '') refuse(`${at}.type`, '""', 'the name of an event type');
  if (event.partition === '') refuse(`${at}.partition`, '""', 'a partition or the name of a cluster');
};

const refuse = (field: string, value: string, allowed: string): never => {
  throw new TerminalFailure(`${field} is ${value}; allowed is ${allowed}`, { code: 'bad-append' });
};

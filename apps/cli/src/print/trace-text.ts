import type { JaegerSpan, JaegerTrace } from '@skerry/runtime/tracing/jaeger-trace';

/** What of a span a person looks for, in this order. */
const SHOWN = [
  'skerry.event',
  'url.path',
  'skerry.cluster',
  'skerry.state',
  'skerry.answer',
  'http.response.status_code',
  'skerry.ready',
  'error.type',
];
/** What is always so when nothing is wrong. */
const USUAL = new Set<unknown>(['appended']);
const MS_WIDTH = 9;

const parentOf = ({ references: [first] }: JaegerSpan): string | undefined => first?.spanID;

/** One line a span: when it began, how long it took, in ms; below what it came from, further in. */
export const traceText = ({ traceID, spans }: JaegerTrace): string => {
  const known = new Set(spans.map(({ spanID }) => spanID));
  const byParent = Map.groupBy(spans, (span) => (known.has(parentOf(span) ?? '') ? parentOf(span) : undefined));
  const beganAt = spans[0]!.startTime;
  const linesBelow = (parent: string | undefined, depth: number): string[] =>
    (byParent.get(parent) ?? []).flatMap((span) => [
      `${ms(span.startTime - beganAt)}${ms(span.duration)}  ${'  '.repeat(depth)}${wordsOf(span)}`,
      ...linesBelow(span.spanID, depth + 1),
    ]);
  const at = new Date(beganAt / 1_000).toISOString();
  const headings = `${'BEGAN'.padStart(MS_WIDTH)}${'TOOK'.padStart(MS_WIDTH)}  SPAN`;
  return [`trace ${traceID}, ${at}, ms`, headings, ...linesBelow(undefined, 0)].join('\n');
};

const ms = (micros: number): string => (micros / 1_000).toFixed(1).padStart(MS_WIDTH);

const wordsOf = ({ processID, operationName, tags }: JaegerSpan): string => {
  const shown = SHOWN.flatMap((key) => tags.filter((tag) => tag.key === key).map(({ value }) => value));
  return [processID, operationName, ...shown.filter((value) => !USUAL.has(value))].join(' ');
};

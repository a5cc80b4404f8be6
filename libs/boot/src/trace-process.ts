import { hostname } from 'node:os';
import { configuredTracing } from '@skerry/runtime/tracing/configured-tracing';
import type { Tracing } from '@skerry/runtime/tracing/tracing';
import { traceSettings } from './process-settings.ts';
import { readSettings, type ValuesOf } from './settings.ts';

type TraceValues = ValuesOf<typeof traceSettings>;

/** Tracing of the process `name` as its settings say; undefined: nothing is traced. */
export const tracingOf = (values: TraceValues, name: string): Promise<Tracing | undefined> =>
  configuredTracing(
    {
      ratio: values.SKERRY_TRACE_RATIO,
      otlpUrl: values.SKERRY_TRACE_OTLP_URL,
      folder: values.SKERRY_TRACE_FOLDER,
    },
    { writer: `${name}-${hostname()}-${process.pid}`, random: Math.random },
  );

/** The same for a program whose environment holds other names too. Throws TerminalFailure `settings`. */
export const tracingFrom = (
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): Promise<Tracing | undefined> => {
  const own = Object.entries(environment).filter(([setting]) => setting.startsWith('SKERRY_TRACE_'));
  return tracingOf(readSettings(traceSettings, Object.fromEntries(own)), name);
};

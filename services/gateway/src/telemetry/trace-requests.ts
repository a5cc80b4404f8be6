import type { RequestSurround } from '@skerry/kube-api/http';
import { parseTraceparent, type Tracing } from '@skerry/runtime/tracing/tracing';
import { type RequestVerb, requestVerb } from './request-verb.ts';

/** What begins a trace. A read is one span and says nothing that its time does not; it is traced when its caller asks for it. */
const BEGIN: ReadonlySet<RequestVerb> = new Set(['create', 'update', 'patch', 'apply', 'delete', 'deletecollection']);
/** What stays open, and what syncers ask all the time. */
const NEVER: ReadonlySet<RequestVerb> = new Set(['watch', 'syncer']);

/** A request is a span, from which its appends go on. Of the request: verb and path, never the query, a header or the body. */
export const traceRequests =
  (tracing: Tracing): RequestSurround =>
  ({ method, url, headers }, serve) => {
    const verb = requestVerb({ method, url, contentType: headers['content-type'] ?? '' });
    const caller = headers['traceparent'] as string | undefined;
    if (NEVER.has(verb) || (!BEGIN.has(verb) && !parseTraceparent(caller))) return serve();
    const [path = ''] = url.split('?');
    const attributes = { 'http.request.method': method, 'url.path': path };
    return tracing.request({ service: 'gateway', name: verb, kind: 'server', caller, attributes }, async (span) => {
      const status = await serve();
      if (status !== undefined) span?.set({ 'http.response.status_code': status });
    });
  };

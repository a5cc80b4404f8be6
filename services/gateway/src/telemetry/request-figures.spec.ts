import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { noMetrics } from '@skerry/runtime/telemetry/metrics';
import { RequestFigures } from './request-figures.ts';

describe('requests at the gateway', () => {
  it('count while they run and are handed over when they end; a watch has no length', async () => {
    const clock = new VirtualClock();
    const served: object[] = [];
    const requests = new RequestFigures({ clock, metrics: { ...noMetrics, served: (one) => void served.push(one) } });
    const begin = (url: string) => requests.observe({ method: 'GET', url, contentType: '' });
    const [list, watch, get] = [begin('/api/v1/pods'), begin('/api/v1/pods?watch=1'), begin('/api/v1/nodes/a')];
    expect(requests.figures).toEqual({ served: 0, inFlight: 2, watches: 1 });
    await clock.advanceAsync(250);
    list(200);
    watch(200);
    get(undefined);
    expect(requests.figures).toEqual({ served: 3, inFlight: 0, watches: 0 });
    expect(served).toEqual([
      { verb: 'list', code: '200', seconds: 0.25 },
      { verb: 'watch', code: '200', seconds: undefined },
      { verb: 'get', code: 'aborted', seconds: 0.25 },
    ]);
  });
});

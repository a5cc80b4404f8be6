import { describe, expect, it } from '@jest/globals';
import type { WorkerFigures } from './metrics.ts';
import { PrometheusMetrics } from './prometheus.ts';

const figures: WorkerFigures = {
  dirty: 3,
  running: 1,
  waiting: 2,
  parked: 4,
  ends: { done: 10, retried: 5, parked: 6 },
};

describe('the figures for Prometheus', () => {
  it('are read from their sources when somebody looks', async () => {
    const metrics = new PrometheusMetrics();
    let folded = 1;
    metrics.watch({
      kind: 'consumer',
      name: 'scheduler',
      read: () => ({ folded, mended: 2, lagPositions: 7, lagSeconds: 1.5, live: true }),
    });
    folded = 41;
    const text = await metrics.text();
    expect(text).toContain('skerry_consumer_folded_total{consumer="scheduler"} 41');
    expect(text).toContain('skerry_consumer_mended_total{consumer="scheduler"} 2');
    expect(text).toContain('skerry_consumer_lag_positions{consumer="scheduler"} 7');
    expect(text).toContain('skerry_consumer_lag_seconds{consumer="scheduler"} 1.5');
    expect(text).toContain('skerry_consumer_live{consumer="scheduler"} 1');
    expect(await metrics.text()).toBe(text);
  });

  it('of sources of one name add up, and go with their source', async () => {
    const metrics = new PrometheusMetrics();
    const ends = [1, 2].map(() => metrics.watch({ kind: 'worker', name: 'replicas', read: () => figures }));
    const parked = 'skerry_worker_keys{worker="replicas",state="parked"}';
    const retried = 'skerry_worker_decisions_total{worker="replicas",outcome="retried"}';
    expect(await metrics.text()).toContain(`${parked} 8`);
    ends[0]!();
    const text = await metrics.text();
    expect([text.includes(`${parked} 4`), text.includes(`${retried} 5`)]).toEqual([true, true]);
    ends[1]!();
    expect(await metrics.text()).not.toContain('worker="replicas"');
  });

  it('tell of leases, the relay, retention and appends', async () => {
    const metrics = new PrometheusMetrics();
    metrics.watch({ kind: 'lease', name: 'rollout', read: () => ({ held: true }) });
    const relay = { position: 9, published: 4, lagPositions: 2, lagSeconds: 0.5, failing: true };
    metrics.watch({ kind: 'relay', name: 'relay', read: () => relay });
    const done = { runs: 2, rows: 30, blobs: 4, partitions: 1, failing: true };
    metrics.watch({ kind: 'retention', name: 'store', read: () => done });
    const actor = 'service:rollout';
    metrics.answered({ actor, answer: 'appended', events: 3, seconds: 0.004 });
    metrics.answered({ actor, answer: 'conflict', events: 1, seconds: 0.3 });
    const text = await metrics.text();
    for (const line of [
      'skerry_lease_held{lease="rollout"} 1',
      'skerry_relay_position{relay="relay"} 9',
      'skerry_relay_published_total{relay="relay"} 4',
      'skerry_relay_lag_positions{relay="relay"} 2',
      'skerry_relay_lag_seconds{relay="relay"} 0.5',
      'skerry_relay_failing{relay="relay"} 1',
      'skerry_retention_total{retention="store",what="runs"} 2',
      'skerry_retention_total{retention="store",what="rows"} 30',
      'skerry_retention_total{retention="store",what="blobs"} 4',
      'skerry_retention_total{retention="store",what="partitions"} 1',
      'skerry_retention_failing{retention="store"} 1',
      'skerry_appends_total{actor="service:rollout",answer="appended"} 1',
      'skerry_appends_total{actor="service:rollout",answer="conflict"} 1',
      'skerry_appended_events_total{actor="service:rollout"} 3',
      'skerry_append_seconds_bucket{le="0.005",actor="service:rollout"} 1',
      'skerry_append_seconds_count{actor="service:rollout"} 2',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('tell of the gateway: requests, watches, and how far its state is behind', async () => {
    const metrics = new PrometheusMetrics();
    let lagPositions: number | undefined = 3;
    metrics.watch({ kind: 'gateway', name: 'gateway', read: () => ({ served: 9, inFlight: 2, watches: 5 }) });
    metrics.watch({ kind: 'state', name: 'gateway', read: async () => ({ position: 40, lagPositions }) });
    metrics.served({ verb: 'list', code: '200', seconds: 0.03 });
    metrics.served({ verb: 'watch', code: '200', seconds: undefined });
    const text = await metrics.text();
    for (const line of [
      'skerry_gateway_requests_in_flight{gateway="gateway"} 2',
      'skerry_gateway_watches{gateway="gateway"} 5',
      'skerry_gateway_state_position{gateway="gateway"} 40',
      'skerry_gateway_state_lag_positions{gateway="gateway"} 3',
      'skerry_gateway_requests_total{verb="list",code="200"} 1',
      'skerry_gateway_requests_total{verb="watch",code="200"} 1',
      'skerry_gateway_request_seconds_bucket{le="0.05",verb="list"} 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain('skerry_gateway_request_seconds_count{verb="watch"}');
    lagPositions = undefined;
    expect(await metrics.text()).not.toContain('skerry_gateway_state_lag_positions{');
  });

  it("tell of the syncers' loops, by cluster", async () => {
    const metrics = new PrometheusMetrics();
    const done = { applies: 5, skips: 6, repairs: 1, deletes: 2, refusals: 3 };
    const waits = { withdrawalsHeld: 4, guardShut: true, restoreWaits: false, contended: 2 };
    const now = { ...waits, queueLength: 7, acting: true };
    metrics.watch({ kind: 'syncer', name: 'north', read: () => ({ ...done, ...now, lastBeat: new Date(9_500) }) });
    metrics.watch({ kind: 'syncer', name: 'south', read: () => ({ ...done, ...now, lastBeat: undefined }) });
    const text = await metrics.text();
    for (const line of [
      'skerry_syncer_applies_total{cluster="north"} 5',
      'skerry_syncer_skips_total{cluster="north"} 6',
      'skerry_syncer_repairs_total{cluster="north"} 1',
      'skerry_syncer_deletes_total{cluster="north"} 2',
      'skerry_syncer_refusals_total{cluster="north"} 3',
      'skerry_syncer_withdrawals_held{cluster="north"} 4',
      'skerry_syncer_guard_shut{cluster="north"} 1',
      'skerry_syncer_restore_waits{cluster="north"} 0',
      'skerry_syncer_contended_objects{cluster="north"} 2',
      'skerry_syncer_queue_length{cluster="north"} 7',
      'skerry_syncer_acting{cluster="north"} 1',
      'skerry_syncer_last_beat_timestamp_seconds{cluster="north"} 9.5',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain('skerry_syncer_last_beat_timestamp_seconds{cluster="south"}');
  });

  it('tell of the verdicts that stand, and of health', async () => {
    const metrics = new PrometheusMetrics();
    let verdicts: Record<string, string> = { north: 'Silent', south: 'Ready' };
    metrics.watch({ kind: 'clusters', name: 'clusters', read: () => ({ verdicts }) });
    metrics.watch({ kind: 'health', name: 'relay', read: () => ({ unhealthy: 2, unready: 1 }) });
    const text = await metrics.text();
    for (const line of [
      'skerry_cluster_verdict{cluster="north",verdict="Silent"} 1',
      'skerry_cluster_verdict{cluster="south",verdict="Ready"} 1',
      'skerry_health_unhealthy_reasons{service="relay"} 2',
      'skerry_health_unready_reasons{service="relay"} 1',
    ]) {
      expect(text).toContain(line);
    }
    verdicts = { north: 'Ready' };
    const later = await metrics.text();
    expect([later.includes('"Silent"'), later.includes('"south"')]).toEqual([false, false]);
  });

  it('of one hub do not show at another one in the same process', async () => {
    const [one, other] = [new PrometheusMetrics(), new PrometheusMetrics()];
    one.watch({ kind: 'lease', name: 'rollout', read: () => ({ held: true }) });
    expect(await other.text()).not.toContain('rollout');
  });
});

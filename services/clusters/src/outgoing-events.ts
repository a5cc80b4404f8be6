import type { ClusterPortrayed, Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { create } from '@skerry/contract/message';
import { type ObjectObserved, ObjectObservedSchema } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { portraitStream, verdictStream } from '@skerry/domain/cluster/cluster';
import { observedStream } from '@skerry/domain/observed/observed';
import { partitionOf } from '@skerry/ports/event-store/event-store';
import { type Outgoing, outgoing } from '@skerry/runtime/append/appender';

export const observedEvent = (data: ObjectObserved): Outgoing => {
  const { uid, namespace } = data.ref!;
  const { cluster } = data;
  return outgoing('ObjectObserved', {
    stream: observedStream(cluster, uid),
    partition: cluster,
    namespace,
    uid,
    cluster,
    data,
  });
};

const REASON_CHARACTERS = 200;
const MESSAGE_CHARACTERS = 1_000;

/** What decisions read of an observation, without what can be of any size. */
export const reducedObserved = (data: ObjectObserved, bytes: number): ObjectObserved =>
  create(ObjectObservedSchema, {
    ...data,
    status: new Uint8Array(),
    repairs: [],
    reason: data.reason.slice(0, REASON_CHARACTERS),
    field: data.field.slice(0, REASON_CHARACTERS),
    message:
      `too large to be recorded (${bytes} bytes): status and repairs are left out. ` +
      data.message.slice(0, MESSAGE_CHARACTERS),
  });

export const verdictEvent = (judged: {
  cluster: string;
  uid: string;
  verdict: Verdict;
  reason: string;
  now: Date;
}): Outgoing => {
  const { cluster, uid, verdict, reason, now } = judged;
  const data = { cluster, clusterUid: uid, verdict, reason, sinceUnixMs: BigInt(now.getTime()) };
  return outgoing('ClusterJudged', {
    stream: verdictStream(cluster),
    partition: partitionOf(uid),
    namespace: '',
    uid,
    cluster,
    data,
  });
};

export const portraitEvent = (data: ClusterPortrayed): Outgoing => {
  const { cluster, clusterUid: uid } = data;
  return outgoing('ClusterPortrayed', {
    stream: portraitStream(cluster),
    partition: partitionOf(uid),
    namespace: '',
    uid,
    cluster,
    data,
  });
};

import type { DomainEvent } from '@skerry/domain/codec';
import type { Category, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';

/** What other events say of an object: folded beside the manifests, shown as status. Pure but for its own maps. */
export interface ObjectView {
  readonly categories: readonly Category[];
  /** Answers the uid of the object that the event is about, or undefined when no object shows it. */
  fold(event: DomainEvent, row: StoredEvent): string | undefined;
  /** The object as readers see it. */
  present(base: KubeObject): KubeObject;
  /** What of a written object is stored: without what `present` adds, and with the stored status unless that is what is written. */
  toStored(object: KubeObject, of: { readonly base: KubeObject | undefined; readonly subresource: string }): KubeObject;
  /** Changes exactly when `present` shows something else. */
  statusKey(uid: string): string;
}

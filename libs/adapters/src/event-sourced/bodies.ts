import type { BlobRef, Blobs } from '@skerry/ports/blobs/blobs';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectChange, StoredObject } from '@skerry/ports/object-store/object-store';
import { loadObject } from './manifest-events.ts';
import type { ObjectView } from './object-view.ts';

/** Objects whose body is a blob are kept as a stub and made whole when they are read: a Secret's bytes stay out of memory. */
export class Bodies {
  readonly #blobs: Blobs;
  readonly #view: Pick<ObjectView, 'present'>;
  readonly #stubs = new WeakMap<KubeObject, BlobRef>();

  constructor({ blobs, view }: { blobs: Blobs; view: Pick<ObjectView, 'present'> }) {
    this.#blobs = blobs;
    this.#view = view;
  }

  stub(object: KubeObject, blob: BlobRef): KubeObject {
    const stub = { ...object };
    this.#stubs.set(stub, blob);
    return stub;
  }

  async whole(object: KubeObject): Promise<KubeObject> {
    const blob = this.#stubs.get(object);
    return blob ? this.#view.present(await loadObject(this.#blobs, blob)) : object;
  }

  async wholeStored(stored: StoredObject): Promise<StoredObject> {
    return this.#stubs.has(stored.object) ? { ...stored, object: await this.whole(stored.object) } : stored;
  }

  async wholeChange(change: ObjectChange): Promise<ObjectChange> {
    const { previous, current } = change;
    return {
      ...change,
      previous: previous && (await this.whole(previous)),
      current: current && (await this.whole(current)),
    };
  }
}

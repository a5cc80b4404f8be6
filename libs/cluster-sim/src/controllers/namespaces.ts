import type { Controller, ControlPlane } from '../control-plane.ts';
import { isDeleting } from '../objects/pod.ts';
import { isKind, NAMESPACES, type Ref, refOf } from '../objects/refs.ts';
import type { Change } from '../state/mirror.ts';

/** How many objects are deleted before others get their turn. */
const BURST = 500;

/** Empties namespaces that are being deleted, and lets them go when nothing is left. */
export class NamespaceController implements Controller {
  readonly name = 'namespace';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, NAMESPACES)) {
      if (after !== undefined && isDeleting(after)) this.#plane.mark(this.name, ref);
      return;
    }
    const { mirror } = this.#plane;
    if (key.namespace === '' || mirror.takesObjects(key.namespace)) return;
    const isNew = before === undefined;
    const isLast = after === undefined && mirror.inNamespace(key.namespace).size === 0;
    if (isNew || isLast) this.#plane.mark(this.name, refOf({ ...NAMESPACES, namespace: '', name: key.namespace }));
  }

  async reconcile(ref: Ref): Promise<void> {
    const { mirror } = this.#plane;
    const stored = mirror.get(ref);
    if (stored === undefined || !isDeleting(stored.object)) return;
    let deleted = 0;
    for (const content of [...mirror.inNamespace(stored.key.name)]) {
      const object = mirror.get(content);
      if (object === undefined || isDeleting(object.object)) continue;
      if (deleted++ === BURST) return this.#plane.mark(this.name, ref);
      await this.#plane.delete(object);
    }
    if (mirror.inNamespace(stored.key.name).size > 0) return;
    const { finalizers = [] } = stored.object.metadata;
    const spec = stored.object['spec'] as { finalizers?: unknown } | undefined;
    if (finalizers.length === 0) return this.#plane.remove(stored);
    if (spec?.finalizers !== undefined) await this.#plane.update(stored, { ...stored.object, spec: {} });
  }
}

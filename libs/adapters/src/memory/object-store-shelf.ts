import { keyOrder, type ObjectChange, type StoredObject } from '@skerry/ports/object-store/object-store';

/** The newest objects of one resource. The sorted view is made when it is asked for and kept until a name comes or goes. */
export class MemoryShelf {
  readonly objects = new Map<string, StoredObject>();
  #names: string[] | undefined;
  #ordered: readonly StoredObject[] | undefined;

  put(name: string, stored: StoredObject): void {
    if (!this.objects.has(name)) this.#names = undefined;
    this.objects.set(name, stored);
    this.#ordered = undefined;
  }

  remove(name: string): void {
    this.objects.delete(name);
    this.#names = undefined;
    this.#ordered = undefined;
  }

  /** All objects in key order. */
  ordered(): readonly StoredObject[] {
    this.#names ??= [...this.objects.keys()].sort();
    this.#ordered ??= this.#names.map((name) => this.objects.get(name) as StoredObject);
    return this.#ordered;
  }
}

/** The objects of a shelf before `changes` (in version order, all later than the wanted state) happened. */
export function orderedAt(shelf: MemoryShelf, changes: readonly ObjectChange[]): readonly StoredObject[] {
  const state = new Map(shelf.objects);
  for (let index = changes.length - 1; index >= 0; index--) {
    const { key, previous, previousVersion } = changes[index] as LoggedChange;
    if (previous === undefined) state.delete(keyOrder(key));
    else state.set(keyOrder(key), { key, object: previous, version: previousVersion ?? '0' });
  }
  return [...state.keys()].sort().map((name) => state.get(name) as StoredObject);
}

/** A change with the version that its previous state had, so that an undone object shows its own version again. */
export interface LoggedChange extends ObjectChange {
  readonly previousVersion?: string;
}

import type { EventStore, StoredEvent } from './event-store.ts';

type Request = Omit<Parameters<EventStore['readLastPerStream']>[0], 'limit' | 'afterStream'>;

/** The same for everybody: readers of one process then ask for the same pages. */
const PAGE = 1_000;

/**
 * The last rows of all streams of a selection, page by page in stream order. The next page is on its way while one is worked
 * on: a start waits for the store half as long.
 */
export async function* lastRows(
  store: Pick<EventStore, 'readLastPerStream'>,
  { pageSize = PAGE, ...request }: Request & { readonly pageSize?: number },
): AsyncGenerator<readonly StoredEvent[], void, void> {
  const read = (afterStream: string): Promise<readonly StoredEvent[]> => {
    const page = store.readLastPerStream({ ...request, afterStream, limit: pageSize });
    // whoever ends early does not wait for it, and its failure is nobody's then
    page.catch(() => undefined);
    return page;
  };
  for (let next: Promise<readonly StoredEvent[]> | undefined = read(''); next;) {
    const rows: readonly StoredEvent[] = await next;
    next = rows.length < pageSize ? undefined : read(rows.at(-1)!.stream);
    yield rows;
  }
}

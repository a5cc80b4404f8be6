/** As much of an aggregated discovery as the suite edits. */
export interface Discovery {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly versions: readonly object[] }[];
}

/** As an API server says it while the server behind a group does not answer: named, stale, and nothing known of it. */
export const without = (group: string, discovery: Discovery): Discovery => ({
  ...discovery,
  items: discovery.items.map((item) =>
    item.metadata.name === group ? { ...item, versions: [{ version: 'v1', freshness: 'Stale', resources: [] }] } : item,
  ),
});

/** As an API server says it that serves no version of a group. */
export const withoutTrace = (group: string, discovery: Discovery): Discovery => ({
  ...discovery,
  items: discovery.items.filter((item) => item.metadata.name !== group),
});

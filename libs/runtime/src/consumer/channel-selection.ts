import { CATEGORIES, type Category, type ReadRequest } from '@skerry/ports/event-store/event-store';

/** Whole categories, or single channels of one cluster; never both in one consumer, since a store read selects by either. */
export interface ChannelSelection {
  /** as the bus takes them: `<category>.*` or `<category>.<partition>` */
  readonly channels: readonly string[];
  readonly streams: readonly { readonly category: Category; readonly channel?: string }[];
}

/** In the order of all categories, whatever order they are named in: services that start together then read the same at once. */
export const wholeCategories = (...named: readonly Category[]): ChannelSelection => {
  const categories = CATEGORIES.filter((category) => named.includes(category));
  return {
    channels: categories.map((category) => `${category}.*`),
    streams: categories.map((category) => ({ category })),
  };
};

export const singleChannel = (category: Category, partition: string): ChannelSelection => ({
  channels: [`${category}.${partition}`],
  streams: [{ category, channel: `${category}.${partition}` }],
});

export const selectsChannel = (selection: ChannelSelection, channel: string): boolean => {
  const category = channel.slice(0, channel.indexOf('.'));
  return selection.streams.some((one) =>
    one.channel === undefined ? one.category === category : one.channel === channel,
  );
};

export const toReadFilter = (selection: ChannelSelection): Pick<ReadRequest, 'categories' | 'channels'> => {
  const exact = selection.streams.flatMap((one) => (one.channel === undefined ? [] : [one.channel]));
  return exact.length > 0 ? { channels: exact } : { categories: selection.streams.map((one) => one.category) };
};

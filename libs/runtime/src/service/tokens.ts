/** What services are given by whoever starts them: one process for all, or one each. */
export const WORLD = Symbol('World');
export const BLOBS = Symbol('Blobs');

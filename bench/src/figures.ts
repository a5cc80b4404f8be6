/** By name, with its unit in it. */
export type Figures = Record<string, number>;

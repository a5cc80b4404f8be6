import type { Filter } from '../framework/filter.ts';
import { apiServed } from './api-served/api-served.ts';
import { clusterMatch } from './cluster-match/cluster-match.ts';
import { joined } from './joined/joined.ts';
import { taints } from './taints/taints.ts';

/** All filters, by name. A filter is one folder and one line here. */
export const FILTERS: readonly Filter[] = [apiServed, clusterMatch, joined, taints];

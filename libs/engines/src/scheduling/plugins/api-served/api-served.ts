import { type Filter, FITS, stay } from '../../framework/filter.ts';

/**
 * The cluster serves the object's kind. Neither "not known yet" nor "not served" removes what is there: partial
 * discovery must never cost a copy, and a CRD may be on its way to the cluster beside this object.
 */
export const apiServed: Filter = {
  name: 'ApiServed',
  filter: ({ object, served }) => {
    if (!served) return stay('has not reported which kinds it serves');
    if (served.kinds.has(`${object.apiVersion}/${object.kind}`)) return FITS;
    return stay(
      served.complete
        ? `does not serve ${object.apiVersion} ${object.kind}`
        : `not known whether it serves ${object.apiVersion} ${object.kind}: discovery was partial`,
    );
  },
};

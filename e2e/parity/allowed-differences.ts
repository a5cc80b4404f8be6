/** A field of one answer in which ours may differ from Kubernetes', and why. At most 15; one that does not occur fails. */
export interface AllowedDifference {
  readonly request: string;
  readonly path: string;
  readonly reason: string;
}

export const allowedDifferences: readonly AllowedDifference[] = [
  {
    request: 'update conflict / with another uid',
    path: 'body.message',
    reason:
      "Kubernetes quotes etcd's own error with its key; there is no etcd here, and both uids are named all the same",
  },
  {
    request: 'update conflict / JSON patch whose test fails',
    path: 'body.details.causes',
    reason: 'Kubernetes does not say which operation could not be carried out, nor why',
  },
  {
    request: 'patch / JSON patch of what is not there',
    path: 'body.details.causes',
    reason: 'Kubernetes does not say which operation could not be carried out, nor why',
  },
  {
    request: 'finalizers / no finalizer can be added',
    path: 'body.details.causes[1]',
    reason: 'Kubernetes validates the metadata of its own kinds twice and lists the same cause twice',
  },
  {
    request: 'tables and metadata / custom columns',
    path: 'body.columnDefinitions[0].description',
    reason: "prose of Kubernetes' own API documentation, which is not taken over",
  },
];

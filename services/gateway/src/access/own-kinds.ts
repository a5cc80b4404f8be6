import { DEFINITIONS } from '@skerry/api/definitions';
import { GROUP, type KubeObject } from '@skerry/api/object';
import { validateOwnKind } from '@skerry/api/validate';
import type { ResourceStrategy } from '@skerry/kube-api/resources/resource';
import { invalidValue } from '@skerry/kube-api/status-errors/field-problems';

const strategy: ResourceStrategy = {
  validate: (object) =>
    validateOwnKind(object as unknown as KubeObject).map(({ field, value, why }) => invalidValue(field, value, why)),
};

/** What the schemas of the skerry.dev kinds cannot say; asked only of objects that their schema has found right. */
export const ownKinds: Readonly<Record<string, ResourceStrategy>> = Object.fromEntries(
  DEFINITIONS.map(({ metadata }) => [`${GROUP}/${metadata.name!.split('.')[0]}`, strategy]),
);

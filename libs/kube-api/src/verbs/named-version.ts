import { compareVersions, type StoredObject, type Version } from '@skerry/ports/object-store/object-store';

/**
 * Whether a write that names this version means another state than the present one: something was changed since, or nothing
 * has got that far. `basis`: the last change that the write conflicts with; a change of the status alone raises only the
 * object's version.
 */
export const isAnotherVersion = (
  named: string,
  { current, basis = current.mainVersion ?? current.version }: { current: StoredObject; basis?: Version },
): boolean => !/^\d+$/.test(named) || compareVersions(basis, named) > 0 || compareVersions(named, current.version) > 0;

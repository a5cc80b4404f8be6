import { create } from '@skerry/contract/message';
import { ManifestDeletedSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { factsOfDeleted } from './facts.ts';
import { isConcluded, NameOwners } from './name-owners.ts';

const ref = (uid: string, name = 'web') =>
  create(ObjectRefSchema, { group: 'apps', resource: 'deployments', namespace: 'shop', name, uid });

describe('a uid whose manifest is not known', () => {
  it('was deleted by its owner when its name belongs to another uid by now', () => {
    const owners = new NameOwners();
    owners.note(ref('new'));
    expect(owners.overtaken(ref('old'))).toMatchObject({ deleted: true, ref: { uid: 'old' } });
    expect(owners.overtaken(ref('new'))).toBeUndefined();
  });
  it('was deleted only by conclusion, unless its own event says so', () => {
    const owners = new NameOwners();
    owners.note(ref('before'));
    expect(isConcluded(owners.overtaken(ref('made anew'))!)).toBe(true);
    expect(isConcluded(factsOfDeleted(create(ManifestDeletedSchema, { ref: ref('deleted') }), 2))).toBe(false);
  });
  it('was not deleted because nothing is known of its name', () => {
    const owners = new NameOwners();
    owners.note(ref('other', 'other'));
    expect(owners.overtaken(ref('old'))).toBeUndefined();
    expect(owners.overtaken(undefined)).toBeUndefined();
  });
  it('that is forgotten takes its name along, but not from the one that has it by now', () => {
    const owners = new NameOwners();
    owners.note(ref('old'));
    owners.forget(ref('old'));
    expect(owners.size).toBe(0);
    owners.note(ref('new'));
    owners.forget(ref('old'));
    expect(owners.overtaken(ref('old'))).toMatchObject({ deleted: true });
  });
});

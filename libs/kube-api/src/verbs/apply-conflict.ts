import type { FieldOwner } from '../managed-fields/managed.ts';
import type { FieldConflict } from '../managed-fields/track-apply.ts';
import { describeElement } from '../merge/path-element.ts';
import { applyConflict } from '../status-errors/errors.ts';
import type { StatusError } from '../status-errors/status-error.ts';

/** 409 that names every contested field and who owns it, in Kubernetes' words. */
export function conflictError(conflicts: readonly FieldConflict[]): StatusError {
  const entries = conflicts.map(({ owner, path }) => ({
    owner: describeOwner(owner),
    field: path.map(describeElement).join(''),
  }));
  const causes = entries.map(({ owner, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field,
  }));
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) {
    return applyConflict(`Apply failed with 1 conflict: conflict with ${first.owner}: ${first.field}`, causes);
  }
  const lines: string[] = [];
  for (const owner of [...new Set(entries.map((entry) => entry.owner))].sort()) {
    lines.push(`conflicts with ${owner}:`);
    for (const entry of entries) if (entry.owner === owner) lines.push(`- ${entry.field}`);
  }
  return applyConflict(`Apply failed with ${entries.length} conflicts: ${lines.join('\n')}`, causes);
}

function describeOwner(owner: FieldOwner): string {
  const through = owner.subresource === '' ? '' : ` with subresource ${JSON.stringify(owner.subresource)}`;
  const name = `${JSON.stringify(owner.manager)}${through}`;
  return owner.operation === 'Update' ? `${name} using ${owner.apiVersion}` : name;
}

/** A field of a message, or a value of an enumeration. */
export interface ProtoField {
  readonly name: string;
  /** as written, e.g. `repeated Repair`; empty for a value of an enumeration */
  readonly type: string;
  readonly comment: string;
}

export interface ProtoBlock {
  readonly kind: 'message' | 'enum';
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly ProtoField[];
}

export interface ProtoFile {
  /** the comment above everything */
  readonly comment: string;
  readonly blocks: readonly ProtoBlock[];
}

const FIELD = /^(?:(.+) )?([a-z_]+|[A-Z_0-9]+) = \d+;$/;

/** Reads the part of the language that `proto/` uses: top-level messages and enumerations, comments above what they say. */
export const parseProto = (text: string): ProtoFile => {
  const blocks: (ProtoBlock & { fields: ProtoField[] })[] = [];
  let comments: string[] = [];
  let fileComment: string | undefined;
  let open: (typeof blocks)[number] | undefined;
  const takeComment = (): string => comments.splice(0).join(' ');
  for (const line of text.split('\n').map((one) => one.trim())) {
    const [, kind, name] = /^(message|enum) (\w+) \{$/.exec(line) ?? [];
    const field = FIELD.exec(line);
    if (line.startsWith('//')) comments.push(line.slice(2).trim());
    else if (line.startsWith('syntax')) fileComment = takeComment();
    else if (kind !== undefined && name !== undefined) {
      open = { kind: kind as ProtoBlock['kind'], name, comment: takeComment(), fields: [] };
      blocks.push(open);
    } else if (field && open) open.fields.push({ name: field[2]!, type: field[1] ?? '', comment: takeComment() });
    else if (!/^(oneof \w+ \{|\}|package .*;|import .*;|)$/.test(line)) throw new Error(`cannot read "${line}"`);
    else if (line === '') comments = [];
  }
  return { comment: fileComment ?? '', blocks };
};

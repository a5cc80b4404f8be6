const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const letterLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
  "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const letterLabelText =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end " +
  "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const namePartText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function tooLong(limit: number): string {
  return `must be no more than ${limit} bytes`;
}

/** Each check answers what is wrong with the name, in Kubernetes' words; an empty array if nothing is. */
export function checkDnsLabel(name: string): string[] {
  const problems = name.length > 63 ? [tooLong(63)] : [];
  if (!dnsLabel.test(name)) problems.push(labelText);
  return problems;
}

export function checkDnsSubdomain(name: string): string[] {
  const problems = name.length > 253 ? [tooLong(253)] : [];
  if (!dnsSubdomain.test(name)) problems.push(subdomainText);
  return problems;
}

/** Kubernetes lets such a name have any length and a NUL; a name here is part of a stream's, which a database has to keep. */
export function checkPathSegment(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  const problems = ['/', '%'].filter((sign) => name.includes(sign)).map((sign) => `may not contain '${sign}'`);
  if (name.includes('\0')) problems.push('may not contain NUL');
  return name.length > 253 ? [tooLong(253), ...problems] : problems;
}

/** A label that starts with a letter: what names of kinds, resources and versions are. */
export function checkLetterLabel(name: string): string[] {
  const problems = name.length > 63 ? [tooLong(63)] : [];
  if (!letterLabel.test(name)) problems.push(letterLabelText);
  return problems;
}

export function checkQualifiedName(name: string): string[] {
  const slash = name.indexOf('/');
  const prefix = slash === -1 ? undefined : name.slice(0, slash);
  const part = slash === -1 ? name : name.slice(slash + 1);
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) problems.push(...checkDnsSubdomain(prefix).map((text) => `prefix part ${text}`));
  if (part === '') problems.push('name part must be non-empty');
  else if (part.length > 63) problems.push(`name part ${tooLong(63)}`);
  if (!namePart.test(part)) problems.push(namePartText);
  return problems;
}

export function labelValueProblem(value: string): string | undefined {
  if (value.length > 63) return tooLong(63);
  return labelValue.test(value) ? undefined : labelValueText;
}

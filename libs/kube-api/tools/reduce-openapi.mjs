// Reads the discovery and OpenAPI v3 documents of a running kube-apiserver and reduces them to what kube-api needs: which
// resources there are, and types, keys and enumerations of their fields. No prose is taken over.
//
//   node tools/reduce-openapi.mjs https://127.0.0.1:6443 TOKEN
//
// The server's certificate is not checked: it is one that the caller has just started.
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';

const [server, token] = process.argv.slice(2);
if (server === undefined || token === undefined) {
  console.error('usage: node tools/reduce-openapi.mjs <https://host:port> <bearer token>');
  process.exit(2);
}

// Two versions of one stored object need a conversion between them; only the version named first by clients is kept.
const leftOut = new Set(['autoscaling/v1', 'events.k8s.io/v1', 'resource.k8s.io/v1']);
const neverServed = new Set(['bindings', 'componentstatuses']);
const servedSubresources = new Set(['status', 'scale']);

function get(path, accept = 'application/json') {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept };
    const call = request(new URL(path, server), { headers, rejectUnauthorized: false }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        if (answer.statusCode !== 200) reject(new Error(`${path}: ${answer.statusCode}`));
        else resolve(JSON.parse(Buffer.concat(chunks).toString()));
      });
    });
    call.on('error', reject);
    call.end();
  });
}

const shorten = (name) =>
  name
    .replace(/^#\/components\/schemas\//, '')
    .replace(/^io\.k8s\.api\./, '')
    .replace(/^io\.k8s\.apimachinery\.pkg\.apis\./, '')
    .replace(/^io\.k8s\.apimachinery\.pkg\./, '')
    .replace(/^io\.k8s\.apiextensions-apiserver\.pkg\.apis\./, '')
    .replace(/^io\.k8s\.kube-aggregator\.pkg\.apis\./, '');

const typeLetters = { string: 's', integer: 'i', number: 'n', boolean: 'b', object: 'o', array: 'a' };

function reduce(schema) {
  const out = {};
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined) out.$ = shorten(reference);
  if (schema.type !== undefined) out.t = typeLetters[schema.type];
  if (schema.format !== undefined) out.f = schema.format;
  if (schema.enum !== undefined) out.e = schema.enum;
  if (schema.default !== undefined) out.d = schema.default;
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== undefined) out.l = listType;
  if (schema['x-kubernetes-list-map-keys'] !== undefined) out.k = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-map-type'] !== undefined) out.m = schema['x-kubernetes-map-type'];
  if (schema.required?.length > 0) out.r = schema.required;
  if (schema.items !== undefined) out.i = reduce(schema.items);
  const values = schema.additionalProperties;
  if (values !== undefined && values !== false) out.v = values === true ? {} : reduce(values);
  if (schema.properties !== undefined) {
    out.p = {};
    for (const name of Object.keys(schema.properties).sort()) out.p[name] = reduce(schema.properties[name]);
  }
  return out;
}

function referencesOf(node, into) {
  if (node.$ !== undefined) into.push(node.$);
  for (const child of [node.i, node.v, ...Object.values(node.p ?? {})])
    if (child !== undefined) referencesOf(child, into);
  return into;
}

async function discover() {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const documents = [await get('/api', accept), await get('/apis', accept)];
  return documents.flatMap((document) => document.items);
}

function resourceOf(group, version, found) {
  const subresources = (found.subresources ?? [])
    .filter((sub) => servedSubresources.has(sub.subresource))
    .map((sub) => sub.subresource);
  return {
    group,
    version,
    kind: found.responseKind.kind,
    plural: found.resource,
    singular: found.singularResource,
    namespaced: found.scope === 'Namespaced',
    verbs: found.verbs,
    ...(found.shortNames === undefined ? {} : { shortNames: found.shortNames }),
    ...(found.categories === undefined ? {} : { categories: found.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function rootOf(schemas, resource) {
  const entry = Object.entries(schemas).find(([, schema]) =>
    schema['x-kubernetes-group-version-kind']?.some(
      (gvk) => gvk.group === resource.group && gvk.version === resource.version && gvk.kind === resource.kind,
    ),
  );
  if (entry === undefined) throw new Error(`no schema for ${resource.group}/${resource.version} ${resource.kind}`);
  return shorten(entry[0]);
}

const resources = [];
const reduced = new Map();
for (const group of await discover()) {
  const groupName = group.metadata?.name ?? '';
  for (const { version, resources: found } of group.versions) {
    const path = groupName === '' ? `api/${version}` : `apis/${groupName}/${version}`;
    if (leftOut.has(path.replace(/^apis?\//, ''))) continue;
    const { schemas } = (await get(`/openapi/v3/${path}`)).components;
    for (const [name, schema] of Object.entries(schemas)) reduced.set(shorten(name), reduce(schema));
    for (const one of found) {
      // Resources that only answer a question (reviews) store nothing.
      if (neverServed.has(one.resource) || !one.verbs.includes('get')) continue;
      const resource = resourceOf(groupName, version, one);
      resources.push({ ...resource, schema: rootOf(schemas, resource) });
    }
  }
}

const used = new Set();
const open = resources.map((resource) => resource.schema);
while (open.length > 0) {
  const name = open.pop();
  if (used.has(name)) continue;
  used.add(name);
  const node = reduced.get(name);
  if (node === undefined) throw new Error(`a schema refers to ${name}, which no document has`);
  referencesOf(node, open);
}

const { gitVersion } = await get('/version');
const lines = [...used].sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(reduced.get(name))}`);
const byName = (left, right) => (`${left.group}/${left.plural}` < `${right.group}/${right.plural}` ? -1 : 1);
const text = `{"resources":[\n${resources
  .sort(byName)
  .map((resource) => JSON.stringify(resource))
  .join(',\n')}\n],"schemas":{\n${lines.join(',\n')}\n}}`;
if (/[`\\$]\{|`/.test(text)) throw new Error('the facts would need escapes in a template literal');
const target = new URL('../src/schema/generated/built-in.ts', import.meta.url);
await writeFile(
  target,
  `// Made by tools/reduce-openapi.mjs from kube-apiserver ${gitVersion}: do not edit. Source and licence: NOTICE.\n` +
    `export const kubernetesVersion = '${gitVersion}';\n` +
    `export const builtInFacts: string = String.raw\`${text}\`;\n`,
);
console.log(`${resources.length} resources, ${used.size} schemas, ${text.length} bytes → ${target.pathname}`);

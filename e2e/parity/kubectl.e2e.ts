import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { locate } from '@skerry/native/locate';
import { type OurApiserver, startOurApiserver } from './our-apiserver.ts';

const run = promisify(execFile);

const application = `
apiVersion: v1
kind: Namespace
metadata: {name: demo}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: registry.example/app:1, ports: [{containerPort: 80, protocol: TCP}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: demo}
data: {a: "1"}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer, minimum: 1}}}}
`;

const widget = (size: number | string, more = ''): string =>
  `{apiVersion: example.org/v1, kind: Widget, metadata: {name: first, namespace: demo}, spec: {size: ${size}${more}}}`;

let server: OurApiserver;
let folder: string;
let program: string;
let settings: string[];

beforeAll(async () => {
  program = (await locate(['kubectl'])).kubectl.path;
  server = await startOurApiserver();
  folder = await mkdtemp(join(tmpdir(), 'skerry-kubectl-'));
  const certificate = join(folder, 'ca.crt');
  await writeFile(certificate, server.certificate);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(certificate));
  settings = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'cache')}`];
}, 900_000);

afterAll(async () => {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}, 30_000);

function kubeconfigText(certificate: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'ours',
    clusters: [{ name: 'ours', cluster: { server: server.url, 'certificate-authority': certificate } }],
    users: [{ name: 'admin', user: { token: server.token } }],
    contexts: [{ name: 'ours', context: { cluster: 'ours', user: 'admin' } }],
  });
}

/** What kubectl prints; its standard error follows. */
async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(program, [...settings, ...args], { timeout: 30_000 });
  return stdout + stderr;
}

/** kubectl with a manifest on its standard input; rejects when it fails. */
function kubectlWith(manifest: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...settings, ...args], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(stdout + stderr));
    });
    child.stdin?.end(manifest);
  });
}

describe('kubectl against kube-api', () => {
  it('applies a file of several kinds, twice with the same outcome', async () => {
    const applied = await kubectlWith(application, 'apply', '--server-side', '-f', '-');
    expect(applied.trim().split('\n')).toEqual([
      'namespace/demo serverside-applied',
      'deployment.apps/web serverside-applied',
      'configmap/settings serverside-applied',
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.org serverside-applied',
    ]);
    const before = await kubectl('get', 'deploy', 'web', '-n', 'demo', '-o', 'jsonpath={.metadata.resourceVersion}');
    await kubectlWith(application, 'apply', '--server-side', '-f', '-');
    expect(await kubectl('get', 'deploy', 'web', '-n', 'demo', '-o', 'jsonpath={.metadata.resourceVersion}')).toBe(
      before,
    );
  }, 60_000);

  it('gets tables, names and whole objects', async () => {
    expect(await kubectl('get', 'deploy', '-n', 'demo')).toMatch(
      /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2 +0 +0/,
    );
    expect(await kubectl('get', 'cm,deploy', '-n', 'demo', '-o', 'name')).toBe(
      'configmap/settings\ndeployment.apps/web\n',
    );
    const whole = JSON.parse(await kubectl('get', 'cm', 'settings', '-n', 'demo', '-o', 'json')) as { data: unknown };
    expect(whole.data).toEqual({ a: '1' });
  }, 60_000);

  it('knows the resources, and explains a field', async () => {
    expect(await kubectl('api-resources', '--api-group=apps')).toMatch(
      /deployments +deploy +apps\/v1 +true +Deployment/,
    );
    expect(await kubectl('api-resources', '--api-group=example.org')).toMatch(
      /widgets +wd +example.org\/v1 +true +Widget/,
    );
    expect(await kubectl('explain', 'deployment.spec.replicas')).toContain('FIELD: replicas <integer>');
  }, 60_000);

  it('describes a deployment', async () => {
    const text = await kubectl('describe', 'deploy', 'web', '-n', 'demo');
    expect(text).toMatch(/Replicas: +2 desired/);
    expect(text).toMatch(/Image: +registry.example\/app:1/);
  }, 60_000);

  it('uses a custom kind as soon as its definition is applied, and refuses what its schema refuses', async () => {
    expect(await kubectlWith(widget(3), 'apply', '--server-side', '-f', '-')).toContain(
      'widget.example.org/first serverside-applied',
    );
    expect(await kubectl('get', 'wd', '-n', 'demo')).toMatch(/NAME +SIZE\nfirst +3/);
    await expect(kubectlWith(widget(0), 'apply', '--server-side', '-f', '-')).rejects.toThrow(
      /spec.size: Invalid value: 0/,
    );
    await expect(kubectlWith(widget(1, ', odd: 1'), 'create', '-f', '-')).rejects.toThrow(/unknown field "spec.odd"/);
  }, 60_000);

  it('tells two appliers of one field about each other', async () => {
    const other = application.replace('a: "1"', 'a: "2"');
    const attempt = kubectlWith(other, 'apply', '--server-side', '--field-manager=other', '-f', '-');
    await expect(attempt).rejects.toThrow(/conflict with "kubectl": .data.a/);
    await kubectlWith(other, 'apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', '-');
    expect(await kubectl('get', 'cm', 'settings', '-n', 'demo', '-o', 'jsonpath={.data.a}')).toBe('2');
  }, 60_000);

  it('scales, labels and patches', async () => {
    await kubectl('scale', 'deploy', 'web', '-n', 'demo', '--replicas=5');
    await kubectl('label', 'deploy', 'web', '-n', 'demo', 'tier=front');
    await kubectl('patch', 'deploy', 'web', '-n', 'demo', '--type=merge', '-p', '{"spec":{"paused":true}}');
    const seen = await kubectl(
      'get',
      'deploy',
      '-n',
      'demo',
      '-l',
      'tier=front',
      '-o',
      'jsonpath={.items[*].spec.replicas} {.items[*].spec.paused}',
    );
    expect(seen).toBe('5 true');
    const strategic = kubectl('patch', 'deploy', 'web', '-n', 'demo', '-p', '{"spec":{"paused":false}}');
    await expect(strategic).rejects.toThrow(/use server-side apply/);
  }, 60_000);

  it('watches with get -w', async () => {
    const child = spawn(program, [
      ...settings,
      'get',
      'cm',
      'settings',
      '-n',
      'demo',
      '-w',
      '-o',
      'jsonpath={.data.w}{"\\n"}',
    ]);
    const lines: string[] = [];
    const reached = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`seen within 20 s: ${lines.join(',')}`)), 20_000);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        lines.push(...text.split('\n').slice(0, -1));
        if (lines.includes('two')) resolve(clearTimeout(timer));
      });
    });
    await kubectl('patch', 'cm', 'settings', '-n', 'demo', '--type=merge', '-p', '{"data":{"w":"one"}}');
    await kubectl('patch', 'cm', 'settings', '-n', 'demo', '--type=merge', '-p', '{"data":{"w":"two"}}');
    await reached;
    child.kill();
    expect(lines.at(-1)).toBe('two');
  }, 60_000);

  it('deletes, and waits until it is gone', async () => {
    expect(await kubectl('delete', 'cm', 'settings', '-n', 'demo')).toContain('configmap "settings" deleted');
    await expect(kubectl('get', 'cm', 'settings', '-n', 'demo')).rejects.toThrow(/NotFound/);
    await kubectl('delete', 'deploy', 'web', '-n', 'demo');
    await kubectl('delete', 'crd', 'widgets.example.org');
    await expect(kubectl('get', 'wd', '-n', 'demo')).rejects.toThrow(/could not find the requested resource/);
  }, 60_000);
});

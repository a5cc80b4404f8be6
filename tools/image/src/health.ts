/**
 * The image's health check: what the process in it says at /healthz. A command that ends by itself has no health port and
 * is healthy while it runs.
 */
const { SKERRY_HEALTH_PORT: port } = process.env;
if (port !== undefined) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    process.stdout.write(await answer.text());
    process.exitCode = answer.ok ? 0 : 1;
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
    process.exitCode = 1;
  }
}

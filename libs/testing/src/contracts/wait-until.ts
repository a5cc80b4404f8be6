/** Waits for a condition instead of sleeping; after the deadline it fails with what was waited for. */
export const waitUntil = async (
  what: string,
  { holds, deadlineMs = 5_000 }: { holds: () => boolean | Promise<boolean>; deadlineMs?: number },
): Promise<void> => {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

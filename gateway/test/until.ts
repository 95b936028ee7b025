import { setTimeout as pause } from "node:timers/promises";

/** Looks again and again, for a bounded time. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  seconds = 30,
): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await condition()); await pause(50))
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${condition}`);
}

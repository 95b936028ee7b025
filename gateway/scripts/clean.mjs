// Removes what `tsc` wrote, so that nothing of a deleted source stays.
import { rmSync } from "node:fs";

rmSync("build", { recursive: true, force: true });

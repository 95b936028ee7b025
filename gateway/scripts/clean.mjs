// Removes what `tsc` wrote, so that nothing of a deleted source stays.
import { rmSync } from "node:fs";

for (const folder of ["build", "dist"]) rmSync(folder, { recursive: true, force: true });

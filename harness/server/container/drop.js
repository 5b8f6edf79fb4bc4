// The process that an interrupted run leaves its container to. A signal to all of its kind is no reason to leave it.
// TypeScript is run as it stands.
import { register } from "tsx/esm/api";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
register();
const { removeAfterEnd } = await import("./drop.ts");
await removeAfterEnd();

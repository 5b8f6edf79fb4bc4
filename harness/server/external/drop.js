// The process that an interrupted run leaves its databases to. A Ctrl-C in the terminal reaches it too, and is no reason
// to leave them. TypeScript is run as it stands.
import { register } from "tsx/esm/api";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
register();
const { dropAfterEnd } = await import("./drop.ts");
await dropAfterEnd();

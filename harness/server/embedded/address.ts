/**
 * Chooses where a server listens: on a socket in its private folder; if the folder's path is too long for one, on a free
 * port of the loopback interface, protected by the password alone.
 */
import { createServer } from "node:net";
import { join } from "node:path";
import type { ServerAddress } from "../process/superuser.ts";

/** The longest path of a socket in bytes that every system allows: macOS has the least. */
const socketPathMaxBytes = 103;
const socketPort = 5432;

export interface ListenAddress extends ServerAddress {
  /** The settings with which a server listens there and nowhere else. */
  readonly settings: Readonly<Record<string, string>>;
}

export async function chooseAddress(folder: string): Promise<ListenAddress> {
  const port = fitsSocket(folder) ? undefined : await findFreePort();
  const settings = {
    listen_addresses: port === undefined ? "" : "127.0.0.1",
    port: String(port ?? socketPort),
    // Quoted: otherwise a comma in its name would separate two folders.
    unix_socket_directories: port === undefined ? `"${folder.replaceAll('"', '""')}"` : "",
  };

  return { host: port === undefined ? folder : "127.0.0.1", port: port ?? socketPort, settings };
}

export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= socketPathMaxBytes;
}

/** If another process takes the port first, the server reports that and does not start. */
async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");

  return address.port;
}

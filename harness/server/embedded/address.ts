/**
 * Where a server listens: on a socket in its private folder. Only where the folder's path is too long for one, on a
 * free port of the loopback interface, with the password as the only guard.
 */
import { createServer } from "node:net";
import { join } from "node:path";

/** Bytes that every system allows in the path of a socket: macOS has the least. */
const socketPathMaxBytes = 103;
const socketPort = 5432;

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The settings that make a server listen there, and nowhere else. */
  readonly settings: Readonly<Record<string, string>>;
}

export async function addressIn(folder: string): Promise<Address> {
  return fitsSocket(folder) ? socketIn(folder) : loopback(await freePort());
}

export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= socketPathMaxBytes;
}

/** The folder is quoted: unquoted, a comma in its name would part two folders. */
function socketIn(folder: string): Address {
  return {
    host: folder,
    port: socketPort,
    settings: {
      listen_addresses: "",
      port: String(socketPort),
      unix_socket_directories: `"${folder.replaceAll('"', '""')}"`,
    },
  };
}

function loopback(port: number): Address {
  return {
    host: "127.0.0.1",
    port,
    settings: { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "" },
  };
}

/** A port that was free just now; should another take it first, the server says so and does not start. */
async function freePort(): Promise<number> {
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

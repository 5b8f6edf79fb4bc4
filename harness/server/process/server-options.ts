/** Options for starting a server; each kind uses those that it has. */
export interface ServerOptions {
  /** The major version of PostgreSQL: the one to start, by default 18, or the one that an external server must have. */
  readonly major?: number;
  /** Settings of the server; they override those for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The cache of an embedded server, instead of `PLUMBLINE_CACHE` or the user's cache. */
  readonly cacheFolder?: string;
  /** The image of a container; the default is `postgres:<major>-alpine`. */
  readonly image?: string;
  /** True if the user confirms that an external server that looks like production is none. */
  readonly yes?: boolean;
  /** Called before each long operation. */
  readonly onProgress?: (text: string) => void;
}

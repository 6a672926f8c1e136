/** Where the files of an Envoy lie on its host. */
export interface ProxyPlace {
  /** Address that it listens on; the proxy's own. */
  readonly address: string;
  /** What its users call it: that address (in brackets, if it is IPv6), or names. */
  readonly names: readonly string[];
  /** Directory in memory with a file of secrets for each upstream, which `backbone feed` keeps. */
  readonly secrets: string;
  /** Directory that is watched, and in it one PEM file with key and chain of the listeners. */
  readonly tls: { readonly directory: string; readonly file: string };
  /** PEM of an upstream's own CA, by its name. @default - the system's CAs */
  readonly authorities: Readonly<Record<string, string>>;
  /** DNS servers that are asked for the declared names. @default - the system's */
  readonly resolvers?: readonly { readonly address: string; readonly port: number }[];
  /** File of the system's CAs. @default Debian's */
  readonly systemAuthorities?: string;
}

/** The file of secrets of an upstream, below `ProxyPlace.secrets`. */
export const secretFile = (upstream: string) => `${upstream}.json`;

/** What a cut is, where it was made, and what is in it. Nothing in it tells when it was written. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly name: string;
  readonly programme: string;
  /** Names the release; its tokens are no other's. */
  readonly release: string;
  /** The last entry of the log that counts, as an opaque token. */
  readonly position: string;
  /** When the record learned of that entry: RFC 3339, UTC. */
  readonly knownAt: string | null;
  /** Whether it holds figures alone, and why. */
  readonly pooled: boolean;
  readonly why?: string;
  readonly versions: {
    readonly cairn: string;
    /** Of the declarations of the views. */
    readonly views: string;
    /** Of all types of events and their versions. */
    readonly catalogue: string;
    readonly protocols: readonly string[];
    readonly workbooks: readonly string[];
  };
  readonly files: readonly { readonly file: string; readonly rows: number; readonly sha256: string }[];
  readonly difference?: { readonly since: Pick<Manifest, 'name' | 'release' | 'position'>; readonly counts: DifferenceCounts };
}

export const FORMAT = 'cairn-cut/1';

/** By view; one without any is left out. */
export type DifferenceCounts = Readonly<Record<string, { readonly added: number; readonly gone: number; readonly changed: number }>>;

/** Undefined for what is no manifest of a cut. */
export function manifestIn(text: string): Manifest | undefined {
  try {
    const read = JSON.parse(text) as Partial<Manifest> | null;
    return read?.format === FORMAT && typeof read.name === 'string' && typeof read.programme === 'string' && typeof read.position === 'string' ? (read as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Cursors } from '@cairn/access/cursors.js';
import { Unknown } from '@cairn/access/denied.js';
import type { Caller, Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import { Followers } from '@cairn/journal/followers.js';
import { Journal } from '@cairn/journal/journal.js';
import { alreadyRecorded } from '@cairn/kernel/decider.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import type { Format } from './render.js';
import { Reports, type ReportName, type Whole } from './reports.js';
import { SavedDocument } from './saved-document.js';

export interface Wanted {
  readonly report: ReportName;
  readonly filters: object;
  readonly format: Format;
}

/** What is told of a saved document beside its text. */
export interface DocumentView extends Wanted {
  readonly document: string;
  readonly savedAt: string;
  readonly savedBy: string;
  /** Token of the last entry that could be in it. */
  readonly cut: string | null;
  readonly lines: number;
  readonly sha256: string;
}

const CATCH_UP_MS = 3_000;
const LIST = 'documents';

/** Reports saved as documents: whoever asks again gets the same bytes, whatever was recorded since, or is told that it cannot be. */
@Injectable()
export class Documents {
  constructor(
    private readonly database: DataSource,
    private readonly reports: Reports,
    private readonly journal: Journal,
    private readonly followers: Followers,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Cuts the record here and now, and keeps what it takes to say the same again. The same document again is the one there is.
   *
   * @throws Refused `already-recorded`, `report-not-for-your-role`, `report-too-large`
   * @throws NotCaughtUp
   */
  async save({ caller }: Asking, id: string, { report, filters, format }: Wanted): Promise<{ view: DocumentView; participants: readonly string[] }> {
    const roles = this.reports.rolesFor(report, caller);
    if (roles.length === 0) throw new Refused('report-not-for-your-role', `The report ${report} is not for ${caller.roles.join(', ')}. Ask for one that you may read.`);
    this.reports.check(report, filters);
    const known = await this.find(id);
    if (known) return { view: await this.known(known, { report, filters, format }, caller), participants: [] };
    await this.followers.waitFor(await this.journal.head(), CATCH_UP_MS);
    const cut = await this.reports.settledCut();
    const { document, participants, lines } = await this.reports.whole(report, filters, format, roles, cut);
    const row = { id, savedBy: caller.id, roles, report, filters, format, ...cut, lines, sha256: sha256(document.text) };
    await this.database.createQueryBuilder().insert().into(SavedDocument).values(row).orIgnore().updateEntity(false).execute();
    const saved = await this.find(id);
    if (!saved) throw new Error('A saved document is not there.');
    return { view: await this.known(saved, { report, filters, format }, caller), participants };
  }

  /**
   * The bytes that were saved.
   *
   * @throws Unknown
   * @throws Refused `document-not-reproducible`
   */
  async text({ caller }: Asking, id: string): Promise<Whole> {
    const saved = await this.find(id);
    if (!saved || this.reports.rolesFor(saved.report as ReportName, caller).length === 0) throw new Unknown('document');
    const { report, filters, format, roles, position, access, sha256: expected, savedAt } = saved;
    const made = await this.reports.whole(report as ReportName, filters, format as Format, roles as Role[], { position, access });
    const got = sha256(made.document.text);
    if (got === expected) return made;
    throw new Refused(
      'document-not-reproducible',
      `This document was saved on ${savedAt.toISOString()} with SHA-256 ${expected}; made again from the same part of the record it has ${got}. Something it told of was erased since, or this release words it differently. A copy with the first hash is still what was saved; save a new document for what can be said now.`,
    );
  }

  /** Newest first. */
  async list({ caller }: Asking, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<{ items: DocumentView[]; next?: string }> {
    const query = this.database.createQueryBuilder(SavedDocument, 'd').orderBy('d.savedAt', 'DESC').addOrderBy('d.id', 'DESC').limit(limit + 1);
    const [after] = this.cursors.open(LIST, cursor) ?? [];
    if (after !== undefined) query.where('(d.savedAt, d.id) < (SELECT x.saved_at, x.id FROM access.documents x WHERE x.id = :after)', { after });
    const rows = await query.getMany();
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const items = await Promise.all(shown.filter(({ report }) => this.reports.rolesFor(report as ReportName, caller).length > 0).map((row) => this.view(row)));
    return { items, ...(rows.length > limit && last && { next: this.cursors.seal(LIST, [last.id]) }) };
  }

  private async known(row: SavedDocument, wanted: Wanted, caller: Caller): Promise<DocumentView> {
    if (row.savedBy !== caller.id || !same({ report: row.report, filters: row.filters, format: row.format }, wanted)) throw alreadyRecorded('A document with this id');
    return this.view(row);
  }

  private async view({ id, savedAt, savedBy, report, filters, format, position, access, lines, sha256 }: SavedDocument): Promise<DocumentView> {
    return { document: id, savedAt: savedAt.toISOString(), savedBy, report: report as ReportName, filters, format: format as Format, cut: await this.reports.tokenOf({ position, access }), lines, sha256 };
  }

  private find(id: string): Promise<SavedDocument | null> {
    return this.database.manager.findOneBy(SavedDocument, { id });
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

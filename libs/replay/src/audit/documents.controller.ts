import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, Matches } from 'class-validator';
import { IsCursor } from '@cairn/access/cursors.js';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import { IsId } from '@cairn/kernel/ids.js';
import * as example from './audit-examples.js';
import { Documents } from './documents.js';
import { formats, produces, type Format } from './render.js';
import { reportNames, type ReportName } from './reports.js';

class DocumentPath {
  @IsId() document: string;
}
class SaveBody {
  @IsIn(reportNames) report: ReportName;
  /** As the report itself takes them; none when left out. */
  @IsOptional() @IsObject() filters?: object;
  @IsIn(formats) format: Format;
}
class ListQuery {
  @IsOptional() @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'limit must be a number from 1 to 200' }) limit?: string;
  @IsCursor() cursor?: string;
}

/** Reports that stay what they were: each knows where it was cut, and gives the same bytes when asked again. */
@ApiTags('oversight')
@Controller('v1/documents')
export class DocumentsController {
  constructor(private readonly documents: Documents) {}

  @Put(':document')
  @Records('SaveDocument', {
    summary: 'Save a report, cut here and now',
    description: 'Answers where it was cut and the SHA-256 of its bytes. The same again answers the same and cuts nothing anew.',
    body: SaveBody,
    example: { report: 'access-review', filters: { site: 's1' }, format: 'csv' },
    answer: example.document,
  })
  async save(@AskedBy() asking: Asking, @Param() { document }: DocumentPath, @Body() { report, filters = {}, format }: SaveBody) {
    const { view, participants } = await this.documents.save(asking, document, { report, filters, format });
    return disclosed(asking, participants, view);
  }

  @Get()
  @Answers('Documents', { query: ListQuery, example: example.documents, summary: 'Saved reports, newest first', description: 'Page on with `cursor` from `next`.' })
  async list(@AskedBy() asking: Asking, @Query() { limit, cursor }: ListQuery) {
    return disclosed(asking, [], await this.documents.list(asking, { limit: Number(limit ?? 50), cursor }));
  }

  @Get(':document')
  @Answers('Documents', { example: example.text, produces, summary: 'A saved report: the bytes that were saved', description: 'Refused `document-not-reproducible` when they cannot be given any more, after an erasure for instance.' })
  async read(@AskedBy() asking: Asking, @Param() { document }: DocumentPath) {
    const { document: text, participants } = await this.documents.text(asking, document);
    return disclosed(asking, participants, text);
  }
}

import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { disclosed, Document } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { codebook, codebookCsv } from './codebook.js';
import { viewsVersion } from './install.js';

/** Everything this program can read and write, for the codebook to say what columns are told by. */
export const CATALOGUES = Symbol('catalogues');

class CodebookQuery {
  @IsOptional() @IsIn(['json', 'csv']) format?: 'json' | 'csv';
}

const example = {
  version: 'e0ddc5b8d3a9c7f1',
  columns: [
    { view: 'sessions', column: 'minutes', type: 'integer', class: 'linked', revealsAllocation: true, sources: ['support.SessionAttended.minutes'], unit: 'minutes', codes: null, minimum: 1, maximum: 600, about: 'How long it was.', missing: 'not attended' },
  ],
};

@ApiTags('reading')
@Controller('v1')
export class CodebookController {
  constructor(@Inject(CATALOGUES) private readonly catalogues: readonly Catalogue[]) {}

  @Get('codebook')
  @Answers('Codebook', {
    summary: 'What every column of the analysts\' views and of a cut says',
    description: 'The field it is told by, its type, class, unit, codes, range, and what an empty cell means. `version` is that of the views.',
    query: CodebookQuery,
    example,
    produces: ['application/json', 'text/csv'],
  })
  codebook(@AskedBy() asking: Asking, @Query() { format = 'json' }: CodebookQuery) {
    const columns = codebook(this.catalogues);
    return disclosed(asking, [], format === 'csv' ? new Document('text/csv; charset=utf-8', codebookCsv(columns)) : { version: viewsVersion, columns });
  }
}

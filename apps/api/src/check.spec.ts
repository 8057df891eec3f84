import { Body, Controller, Get, Module, Param, Put, Query } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsIn, IsOptional } from 'class-validator';
import { Invalid } from '@cairn/kernel/refused.js';
import { Check } from './check.js';

class StonePath {
  @IsIn(['granite', 'slate']) stone: string;
}
class Laying {
  @IsOptional() @IsIn(['flat', 'upright']) way?: string;
}

@Controller('stones')
class Stones {
  @Put(':stone')
  lay(@Param() path: StonePath, @Query() asked: Laying, @Body() told: Laying) {
    return { path, asked, told };
  }

  @Get(':stone')
  see(@Param('stone') stone: string) {
    return { stone };
  }

  @Put(':stone/way')
  turn(@Body('way') way: Laying) {
    return { way };
  }
}

let app: NestFastifyApplication;
let url: string;
beforeAll(async () => {
  @Module({ controllers: [Stones], providers: [{ provide: APP_GUARD, useClass: Check }] })
  class App {}
  app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
  app.useGlobalFilters({
    catch: (error: Error, host) => {
      const answer = error instanceof Invalid ? { faults: error.faults } : { error: error.message };
      host.switchToHttp().getResponse<{ status: (status: number) => { send: (body: object) => void } }>().status(400).send(answer);
    },
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());

async function put(path: string, body?: unknown) {
  const answer = await fetch(`${url}/stones/${path}`, { method: 'PUT', ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  return answer.json();
}
const fault = (field: string) => ({ faults: [expect.objectContaining({ field })] });

describe('what comes in', () => {
  it('reaches the route as it is where it is as declared; a body left out is an empty one', async () => {
    expect(await put('granite?way=flat', { way: 'upright' })).toEqual({ path: { stone: 'granite' }, asked: { way: 'flat' }, told: { way: 'upright' } });
    expect(await put('slate')).toEqual({ path: { stone: 'slate' }, asked: {}, told: {} });
  });

  it('is refused where any part is not as declared', async () => {
    expect(await put('clay', {})).toEqual(fault('stone'));
    expect(await put('granite?way=down', {})).toEqual(fault('way'));
    expect(await put('granite', { way: 'down' })).toEqual(fault('way'));
  });

  it('is refused with anything that is not declared', async () => {
    expect(await put('granite?by=w1', {})).toEqual(fault('by'));
    expect(await put('granite', { way: 'flat', by: 'w1' })).toEqual(fault('by'));
    expect(await put('granite', [])).toEqual(fault('body'));
  });

  it('is let in by one field only where no class says what that holds', async () => {
    expect(await (await fetch(`${url}/stones/granite`)).json()).toEqual({ stone: 'granite' });
    expect(await put('granite/way', { way: { way: 'down' } })).toEqual({ error: expect.stringContaining('only the whole of it can be checked') });
  });
});

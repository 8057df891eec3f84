/** The same request as a NestJS service would take it with Emmett: token, role, validation, decision on the stream's state, durable append. Started by the http section. */
import 'reflect-metadata';
import { Body, CanActivate, Controller, type ExecutionContext, HttpCode, Injectable, Module, Param, Put, UseGuards, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CommandHandler, type Event } from '@event-driven-io/emmett';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { importJWK, type JWK, jwtVerify } from 'jose';
import type { Connection } from '@cairn/postgres/connection.js';
import { emmettStore, eventOf } from '../contenders/emmett.js';
import { happening, plain } from '../contenders/facts.js';
import { told } from './told.js';

const { connection, jwk, issuer } = told() as { connection: Connection; jwk: JWK; issuer: string };
const key = await importJWK(jwk, 'ES256');
const { store, close } = await emmettStore(connection, 16);

class Occurred {
  @IsISO8601() at: string;
}

class Attendance {
  @IsInt() @Min(1) @Max(600) minutes: number;
  @IsIn(['in-person', 'telephone', 'video']) mode: string;
  @IsOptional() @IsIn(['home', 'service', 'community', 'other']) place?: string;
  @IsIn(['on-time', 'late']) punctuality: string;
  @IsOptional() @IsString() worker?: string;
  @ValidateNested() @Type(() => Occurred) occurred: Occurred;
}

@Injectable()
class Workers implements CanActivate {
  /** Its signature is checked once, as Cairn does it. */
  private readonly known = new Map<string, boolean>();

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    const token = (headers['authorization'] ?? '').replace('Bearer ', '');
    const known = this.known.get(token);
    if (known !== undefined) return known;
    const { payload } = await jwtVerify<{ roles: string[] }>(token, key, { issuer });
    const may = payload.roles.includes('worker');
    this.known.set(token, may);
    return may;
  }
}

const handle = CommandHandler<{ sessions: Record<string, string> }, Event>({
  initialState: () => ({ sessions: {} }),
  evolve: (state, { data }) => {
    state.sessions[(data as { data: { session: string } }).data.session] = 'attended';
    return state;
  },
  retry: { onVersionConflict: 20 },
});

@Controller('v1/participants')
@UseGuards(Workers)
class Sessions {
  @Put(':participant/sessions/:session/attendance')
  @HttpCode(200)
  async attend(@Param('participant') participant: string, @Param('session') session: string, @Body() { occurred, ...data }: Attendance) {
    const { newEvents } = await handle(store, `support-${participant}`, ({ sessions }) =>
      sessions[session] === undefined ? eventOf(plain(happening('SessionAttended', { session, worker: 'w1', ...data }, occurred.at))) : [],
    );
    return { events: newEvents.length };
  }
}

@Module({ controllers: [Sessions], providers: [Workers] })
class Root {}

const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter({ logger: false }), { logger: false });
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
await app.listen(0, '127.0.0.1');
process.stdout.write(`${JSON.stringify({ port: Number(new URL(await app.getUrl()).port) })}\n`);
process.once('SIGTERM', () => void app.close().then(close).finally(() => process.exit()));

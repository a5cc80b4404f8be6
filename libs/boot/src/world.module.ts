import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { World } from '@skerry/runtime/service/decision-service';
import { BLOBS, WORLD } from '@skerry/runtime/service/tokens';

export interface WorldParts {
  readonly world: World;
  readonly blobs: Blobs;
  /** what single services want besides, by their own tokens */
  readonly also?: readonly (Provider & { readonly provide: symbol })[];
}

/** What every service of the hub is given. */
@Module({})
export class WorldModule {
  static of({ world, blobs, also = [] }: WorldParts): DynamicModule {
    return {
      module: WorldModule,
      global: true,
      providers: [{ provide: WORLD, useValue: world }, { provide: BLOBS, useValue: blobs }, ...also],
      exports: [WORLD, BLOBS, ...also.map(({ provide }) => provide)],
    };
  }
}

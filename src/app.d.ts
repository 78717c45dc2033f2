import type { App as KilterApp } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';

declare global {
  namespace App {
    interface Locals {
      app: KilterApp;
      caller: Caller | null;
    }
  }
}

export {};

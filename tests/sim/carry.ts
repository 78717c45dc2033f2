/** Work that a colleague's phone carries: taken over unsent, delivered when there is a network. */
import { handlePush } from './server.ts';
import { carriedWork, encode, type SimPhone } from './sim-phone.ts';
import type { World } from './world.ts';

/** The colleague's phone has it safely: from here on nothing excuses its loss. */
export function carry(world: World, phone: SimPhone): void {
  const work = carriedWork(phone);
  if (!work) return;
  world.checks.carriedAway(work.push.events);
  world.carried.push(work);
}

/** With a network again; a colleague who is unsure sends twice. */
export function deliverCarried(world: World): void {
  for (const { key, push: request } of world.carried.splice(0)) {
    if (key !== request.device) continue;
    const text = encode(request);
    for (let i = 0; i < 2; i++) {
      handlePush(world.server, text, { now: world.now, crash: 'none', carried: true });
    }
  }
}

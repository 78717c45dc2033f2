/**
 * Registers the service worker and brings in a new version at a safe moment: never while a push is
 * in flight, never in the middle of somebody's work. The root layout calls it once.
 */

/** Name of the Web Lock that lib/offline holds while it sends. */
const PUSH_LOCK = 'kilter-push';

async function isSending(): Promise<boolean> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some((lock) => lock.name?.startsWith(PUSH_LOCK));
}

/** Takes a waiting version over at start, before the person has done anything. */
async function takeWaiting(registration: ServiceWorkerRegistration): Promise<void> {
  if (!registration.waiting || !navigator.serviceWorker.controller || (await isSending())) return;
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {
    once: true,
  });
  registration.waiting.postMessage({ type: 'SKIP_WAITING' });
}

export async function registerServiceWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register('/service-worker.js', {
    type: 'module',
  });
  await takeWaiting(registration);
}

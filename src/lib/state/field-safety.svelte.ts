/**
 * A safety checklist on the screen: what is asked, what is ticked, whether it was confirmed today.
 *
 * It knows the rule (domain/safety.ts), the outbox that keeps the confirmation as evidence, and a
 * sealed mark that spares asking twice a day; it knows no words. Pages of a round make one.
 */
import { civilDate } from '#lib/base/civil.ts';
import type { SafetyConfirmed } from '#lib/contract/safety.ts';
import { RESOURCES, type Resource } from '#lib/domain/resource.ts';
import { safetyFault, safetyPoints } from '#lib/domain/safety.ts';
import type { SafetyWork } from '#lib/domain/safety.table.ts';
import type { MeterView, Offline } from '#lib/offline/types.ts';
import type { FieldApp } from './field-app.svelte.ts';

type About = {
  readonly work: Exclude<SafetyWork, 'exchange'>;
  readonly roundId: number;
  readonly meterId: number | null;
};

export class FieldSafety {
  readonly about: About;
  checked = $state.raw<readonly string[]>([]);
  /** When it was confirmed today; null = it is still to do, undefined = the storage is asked. */
  confirmedAt = $state<number | null | undefined>(undefined);
  readonly #app: FieldApp;
  readonly #offline: Offline;
  readonly #meters: () => readonly MeterView[];
  readonly #resources: readonly Resource[] = $derived.by(() => {
    if (this.about.work !== 'round') return ['electricity'];
    const meters = this.#meters();
    return RESOURCES.filter((one) => meters.some(({ resource }) => resource === one));
  });
  readonly points: readonly string[] = $derived.by(() =>
    safetyPoints(this.about.work, this.#resources),
  );
  /** `no-safety-group` blocks whatever is ticked (E-36). */
  readonly fault = $derived.by(() =>
    safetyFault(
      { work: this.about.work, resources: this.#resources, points: this.checked },
      this.#app.who?.electricalGroup ?? null,
    ),
  );

  constructor(
    app: FieldApp,
    offline: Offline,
    given: About & { meters: () => readonly MeterView[] },
  ) {
    const { meters, ...about } = given;
    this.about = about;
    this.#app = app;
    this.#offline = offline;
    this.#meters = meters;
    void this.#look();
  }

  toggle(point: string): void {
    this.checked = this.checked.includes(point)
      ? this.checked.filter((one) => one !== point)
      : [...this.checked, point];
  }

  /** True once the confirmation is safe on the phone. */
  async confirm(): Promise<boolean> {
    if (this.fault) return false;
    const { work, roundId, meterId } = this.about;
    const body: SafetyConfirmed = {
      ...{ work, roundId, meterId, resources: [...this.#resources], points: [...this.checked] },
      group: this.#app.who?.electricalGroup ?? null,
    };
    const event = await this.#app.keep(({ outbox }) => outbox.capture('safety.confirmed', body));
    if (!event) return false;
    this.confirmedAt = Date.now();
    // The event is the evidence; without the mark a person is only asked once more.
    await this.#offline.snapshots.put(this.#key, this.confirmedAt).catch(() => {});
    return true;
  }

  get #key(): string {
    const { work, roundId, meterId } = this.about;
    return `safety/${work}/${roundId}/${meterId ?? ''}`;
  }

  async #look(): Promise<void> {
    const kept = await this.#offline.snapshots.get<number>(this.#key).catch(() => null);
    const { zone } = this.#app;
    const isToday = kept && civilDate(kept.data, zone) === civilDate(Date.now(), zone);
    this.confirmedAt ??= isToday ? kept.data : null;
  }
}

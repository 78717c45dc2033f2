/**
 * Dark underground, sunlight outside: by one tap, and by the light sensor where a phone has one.
 *
 * It knows the theme of the page and which of both decided last: who taps has the last word until
 * the app is opened again. FieldApp has one.
 */
import { lookFor, watchLight } from '#lib/field/ambient-light.ts';
import { chooseTheme, chosenTheme } from '#lib/i18n/theme.ts';

export class FieldLight {
  sunlight = $state(chosenTheme() === 'sunlight');
  #byHand = chosenTheme() !== null;
  readonly #stop: () => void;

  constructor() {
    this.#stop = watchLight((lux) => this.#see(lux));
  }

  toggle(): void {
    this.#byHand = true;
    this.sunlight = !this.sunlight;
    chooseTheme(this.sunlight ? 'sunlight' : null);
    if (!this.sunlight) document.documentElement.dataset['theme'] = 'dark';
  }

  close(): void {
    this.#stop();
  }

  /** What a sensor decides is not remembered: tomorrow begins in another light. */
  #see(lux: number): void {
    if (this.#byHand) return;
    const look = lookFor(lux, this.sunlight ? 'sunlight' : 'dark');
    this.sunlight = look === 'sunlight';
    document.documentElement.dataset['theme'] = look;
  }
}

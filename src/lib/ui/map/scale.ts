/** A map's scale in the language of the page: Leaflet writes its units in English only. */
import type * as leaflet from 'leaflet';
import { languageTag } from '#lib/i18n/locale.ts';

/** Parts of Leaflet 1.9's Control.Scale that its types leave out. */
type Inner = {
  readonly _mScale: HTMLElement;
  _getRoundNum(value: number): number;
  _updateScale(line: HTMLElement, text: string, ratio: number): void;
};

/** "50 m", "2 km" as the reader's language writes them. */
export function distanceWords(metres: number): string {
  const isFar = metres >= 1000;
  const unit = isFar ? 'kilometer' : 'meter';
  const format = new Intl.NumberFormat(languageTag(), { style: 'unit', unit });
  return format.format(isFar ? metres / 1000 : metres);
}

export function scaleControl(L: typeof leaflet): leaflet.Control {
  const Scale = L.Control.Scale.extend({
    _updateMetric(this: Inner, most: number) {
      const metres = this._getRoundNum(most);
      this._updateScale(this._mScale, distanceWords(metres), metres / most);
    },
  }) as new (options: leaflet.Control.ScaleOptions) => leaflet.Control;
  return new Scale({ imperial: false, position: 'bottomleft' });
}

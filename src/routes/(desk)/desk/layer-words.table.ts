/** Layers of a telegram in words (EN 13757-4 and -7). Only the meter card calls it. */
import { m } from '#lib/i18n/paraglide/messages.js';

const LAYER: Readonly<Record<string, () => string>> = {
  link: m.desk_l_link,
  ell: m.desk_l_ell,
  afl: m.desk_l_afl,
  tpl: m.desk_l_tpl,
  application: m.desk_l_application,
};
export const layerName = (name: string): string => LAYER[name]?.() ?? name;

/**
 * The five resources. Knows what they are called in code and in which unit they are shown by
 * default; knows no words of any language. Anyone may call it.
 */
export const RESOURCES = ['electricity', 'cold-water', 'hot-water', 'gas', 'heat'] as const;
export type Resource = (typeof RESOURCES)[number];

export const isResource = (text: string): text is Resource =>
  (RESOURCES as readonly string[]).includes(text);

/** Device type codes of EN 13757-3:2018 table 13 that tell the resource. */
export const RESOURCE_OF_DEVICE_TYPE: Readonly<Record<number, Resource>> = {
  0x02: 'electricity',
  0x03: 'gas',
  0x04: 'heat', // heat meter, volume measured at the return
  0x06: 'hot-water', // warm water (30 to 90 degC)
  0x07: 'cold-water', // water
  0x08: 'heat', // heat cost allocator
  0x0c: 'heat', // heat meter, volume measured at the flow
  0x0d: 'heat', // combined heat and cooling
  0x15: 'hot-water', // hot water (90 degC and above)
  0x16: 'cold-water',
  0x37: 'electricity',
};

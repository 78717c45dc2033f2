/**
 * Bluetooth LE services that carry a plain byte stream, by the documentation of their makers:
 * Nordic UART Service, HM-10 class modules, Microchip transparent UART, OP-BT optical heads
 * (protocols.md section 4). `write` and `notify` name the characteristics, seen from the phone.
 */
export type BleUart = {
  readonly name: string;
  readonly service: string;
  readonly write: string;
  readonly notify: string;
  /** Heads that do not advertise their service are found by the start of their name. */
  readonly namePrefix: string | null;
};

/** Sixteen-bit ids stand in the Bluetooth base UUID (Core specification vol. 3 part B 2.5.1). */
const short = (id: string): string => `0000${id}-0000-1000-8000-00805f9b34fb`;

/** Source: the makers' data sheets named at each row; UUID form by Core clause 3.B.2.5.1. */
export const BLE_UARTS = [
  // Nordic Semiconductor, NUS.
  {
    name: 'Nordic UART',
    service: '6e400001-b5a3-f393-e0a9-e50e24dcca9e',
    write: '6e400002-b5a3-f393-e0a9-e50e24dcca9e',
    notify: '6e400003-b5a3-f393-e0a9-e50e24dcca9e',
    namePrefix: null,
  },
  // JNHuaMao HM-10 data sheet: one characteristic for both ways.
  {
    name: 'HM-10',
    service: short('ffe0'),
    write: short('ffe1'),
    notify: short('ffe1'),
    namePrefix: null,
  },
  // Microchip RN4870 user guide, transparent UART service.
  {
    name: 'Microchip UART',
    service: '49535343-fe7d-4ae5-8fa9-9fafd205e455',
    write: '49535343-8841-43f4-a8d4-ecbe34729bb3',
    notify: '49535343-1e4d-4bd9-ba61-23c647249616',
    namePrefix: null,
  },
  // OP-BT optical head: finds the speed by itself, hides its service.
  {
    name: 'OP-BT',
    service: short('18f0'),
    write: short('2af1'),
    notify: short('2af0'),
    namePrefix: 'OP-BT',
  },
] as const satisfies readonly BleUart[];

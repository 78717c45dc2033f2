/**
 * Reads a QR code or the bar code of a meter from a picture.
 *
 * It knows the browser's own detector and a WebAssembly reader that stands in where there is none
 * (Safari, Firefox); both work without a network. It does not know what the text means. lib/state
 * calls it with frames of a video or with a chosen file.
 */
type Picture = Blob | HTMLVideoElement;

type NativeDetector = { detect(source: ImageBitmap): Promise<{ rawValue: string }[]> };
type NativeClass = {
  new (options: { formats: string[] }): NativeDetector;
  getSupportedFormats(): Promise<string[]>;
};

export type CodeReader = { read(picture: Picture): Promise<string | null> };

/** What is printed on invitations and on the faces of meters. */
const FORMATS = ['qr_code', 'data_matrix', 'code_128', 'code_39', 'ean_13', 'itf'];
const WASM_FORMATS = ['QRCode', 'DataMatrix', 'Code128', 'Code39', 'EAN13', 'ITF'] as const;

/** The detector of the browser where it reads QR codes, else the one in WebAssembly. */
export async function createCodeReader(): Promise<CodeReader> {
  return (await nativeReader()) ?? (await wasmReader());
}

async function nativeReader(): Promise<CodeReader | null> {
  const Detector = (globalThis as { BarcodeDetector?: NativeClass }).BarcodeDetector;
  // Some desktops have the class without any format behind it.
  const supported: string[] =
    (await Detector?.getSupportedFormats().catch((): string[] => [])) ?? [];
  if (!Detector || !supported.includes('qr_code')) return null;
  const detector = new Detector({ formats: FORMATS.filter((f) => supported.includes(f)) });
  return {
    async read(picture) {
      const bitmap = await createImageBitmap(picture);
      try {
        return (await detector.detect(bitmap))[0]?.rawValue ?? null;
      } finally {
        bitmap.close();
      }
    },
  };
}

async function wasmReader(): Promise<CodeReader> {
  const [{ prepareZXingModule, readBarcodes }, { default: wasmUrl }] = await Promise.all([
    import('zxing-wasm/reader'),
    // Served from our own origin and kept by the service worker; never from a stranger's.
    import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ]);
  prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });
  return {
    async read(picture) {
      const found = await readBarcodes(await imageData(picture), {
        formats: [...WASM_FORMATS],
        tryHarder: true,
        maxNumberOfSymbols: 1,
      });
      return found[0]?.text || null;
    },
  };
}

async function imageData(picture: Picture): Promise<ImageData> {
  const bitmap = await createImageBitmap(picture);
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('This browser gives no canvas.');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/**
 * Sound and vibration of the field app (design.md section 11): always sound, because phones from
 * Cupertino and Firefox do not vibrate. Knows tones; knows nothing of meters. lib/state calls it.
 */
export type FieldSignal =
  'read' | 'alarm' | 'doubt' | 'silent' | 'photo-good' | 'photo-blurred' | 'all-received';

type Tone = {
  readonly hz: number;
  readonly toHz?: number;
  readonly startMs: number;
  readonly ms: number;
  readonly shape: OscillatorType;
};

const knock = (startMs: number): Tone => ({ hz: 140, toHz: 70, startMs, ms: 70, shape: 'sine' });
const shutter = { hz: 3200, toHz: 900, startMs: 0, ms: 35, shape: 'square' } as const;

const TONES: Readonly<Record<FieldSignal, readonly Tone[]>> = {
  read: [{ hz: 2000, startMs: 0, ms: 20, shape: 'square' }],
  alarm: [
    { hz: 880, toHz: 660, startMs: 0, ms: 90, shape: 'triangle' },
    { hz: 660, toHz: 440, startMs: 90, ms: 90, shape: 'triangle' },
  ],
  doubt: [knock(0)],
  silent: [knock(0), knock(220), knock(440)],
  'photo-good': [shutter],
  'photo-blurred': [shutter, knock(120)],
  'all-received': [
    { hz: 523, startMs: 0, ms: 140, shape: 'sine' },
    { hz: 784, startMs: 140, ms: 160, shape: 'sine' },
  ],
};

const VIBRATION: Readonly<Record<FieldSignal, readonly number[]>> = {
  read: [15],
  alarm: [60, 40, 60],
  doubt: [40],
  silent: [120],
  'photo-good': [15],
  'photo-blurred': [40],
  'all-received': [15, 60, 15],
};

export type Signals = {
  play(signal: FieldSignal): void;
  /** Browsers let sound start only inside a tap; call it from the first one. */
  unlock(): void;
  close(): void;
};

export function createSignals(): Signals {
  let audio: AudioContext | null = null;
  const unlock = (): void => {
    audio ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
    if (audio?.state === 'suspended') void audio.resume();
  };
  return {
    unlock,
    play(signal) {
      navigator.vibrate?.([...VIBRATION[signal]]);
      if (audio?.state !== 'running') return;
      for (const tone of TONES[signal]) sound(audio, tone);
    },
    close() {
      void audio?.close();
      audio = null;
    },
  };
}

function sound(audio: AudioContext, { hz, toHz, startMs, ms, shape }: Tone): void {
  const from = audio.currentTime + startMs / 1000;
  const until = from + ms / 1000;
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = shape;
  oscillator.frequency.setValueAtTime(hz, from);
  if (toHz) oscillator.frequency.exponentialRampToValueAtTime(toHz, until);
  // A short ramp at both ends: without it every tone clicks twice.
  gain.gain.setValueAtTime(0.0001, from);
  gain.gain.exponentialRampToValueAtTime(0.4, from + 0.004);
  gain.gain.exponentialRampToValueAtTime(0.0001, until);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(from);
  oscillator.stop(until + 0.01);
}

/**
 * The tenant's installation wizard: which step, what was given and heard, what the verdict is.
 *
 * It knows the order of the steps and keeps the draft on the phone after every change; it judges
 * nothing itself (domain/install-proof.ts) and draws nothing. The page makes one and hands it on.
 */
import type { Api } from '#lib/api/client.ts';
import { formatDecimal, type Decimal } from '#lib/base/decimal.ts';
import type { InstallProof } from '#lib/contract/install.ts';
import type { ProofMarks, ProofPlan, ProofVerdict } from '#lib/domain/install-evidence.ts';
import { judgeProof } from '#lib/domain/install-proof.ts';
import { usualWeight } from '#lib/domain/pulse-weights.ts';
import type { Resource } from '#lib/domain/resource.ts';
import type { Heard, InstallReceiver } from '#lib/field/install-receiver.ts';
import type { InstallDrafts } from '#lib/offline/install-draft.ts';
import { flagsOf, keepEvidence, noMarks, numberOf, planOf, seenBy } from './install-hearing.ts';
import { picturesOf, previewsOf, sendPictures } from './install-pictures.ts';
import {
  blankGiven,
  draftOf,
  isGiven,
  mendingOf,
  wiringOf,
  type Given,
  type PhotoKind,
} from './install-given.ts';

export const STEPS = ['code', 'need', 'photos', 'meter', 'prove', 'seal', 'send', 'done'] as const;
export type Step = (typeof STEPS)[number];

type Own = Awaited<ReturnType<Api['install']['getOwn']['query']>>;

/** What the wizard needs from outside; tests give their own. */
export type InstallDeps = {
  readonly api: Api;
  readonly drafts: InstallDrafts;
  readonly now: () => number;
};

export class InstallWizard {
  step = $state<Step>('code');
  given = $state<Given>(blankGiven());
  own = $state<Own | null>(null);
  /** Previews of the pictures, as object addresses of this page. */
  previews = $state<Partial<Record<PhotoKind, string>>>({});
  receiver = $state.raw<InstallReceiver | null>(null);
  receiverPhase = $state<string>('none');
  heard = $state.raw<readonly Heard[]>([]);
  marks = $state<ProofMarks>(noMarks(0));
  proof = $state.raw<InstallProof | null>(null);
  now = $state(0);
  /** `queued`: complete, waits for the network. */
  sending = $state<'no' | 'busy' | 'queued' | 'refused'>('no');
  /** Why the server did not take it: a code of server/errors.ts in tRPC's spelling. */
  refusal = $state('');
  /** The server did not answer the last question: what is shown may be old. */
  stale = $state(false);
  /** The phone's store refused the draft: the person must not close the page. */
  unkept = $state(false);

  readonly #deps: InstallDeps;
  #stop: AbortController | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(deps: InstallDeps) {
    this.#deps = deps;
  }

  readonly plan = $derived.by((): ProofPlan => planOf(this.given));
  readonly verdict = $derived.by((): ProofVerdict =>
    judgeProof(this.plan, this.marks, {
      observations: this.heard.map((h) => h.observation),
      now: this.now,
    }),
  );
  /** Proved with this very wiring: nothing has to be proved again. */
  readonly proofStands = $derived.by(
    (): boolean =>
      this.given.proof?.proved === true && this.given.provedWith === wiringOf(this.given),
  );
  /** The dial moved since it was read: it is read again before the tap is opened. */
  readonly needsDial = $derived(
    this.given.dialMoved && this.marks.openedAt === null && this.receiver !== null,
  );
  /** Other drafts of this phone: a cold and a hot meter, and one that came back. */
  aside = $state<readonly Given[]>([]);
  /** The request that this phone waits for, or that came back. */
  readonly latest = $derived(this.own?.requests[0] ?? null);

  /** Where the arrow leads; null at both ends. */
  readonly parent = $derived.by((): Step | null => {
    const { step, given } = this;
    if (step === 'code' || step === 'need' || step === 'done') return null;
    if (step === 'send') return given.mends ? 'done' : 'seal';
    return given.review ? 'send' : (STEPS[STEPS.indexOf(step) - 1] ?? null);
  });

  /** Picks up where the person left: the draft first, then what the server knows. */
  async start(): Promise<void> {
    const { drafts } = this.#deps;
    const [stored, own, aside] = await Promise.all([
      drafts.load(),
      drafts.loadOwn(),
      drafts.loadAside(),
    ]);
    this.aside = aside.filter(isGiven).map((one) => ({ ...blankGiven(), ...one }));
    this.own = own as Own | null;
    // What lies on the phone is enough to go on with: a slow network must not hold it back.
    const fresh = this.refresh();
    if (isGiven(stored)) {
      this.given = { ...blankGiven(), ...stored };
      this.step = stored.step as Step;
      this.previews = await previewsOf(this.#deps.drafts, this.given.photos);
    } else {
      if (!this.own?.requests.length) await fresh;
      if (this.own?.requests.length) this.step = 'done';
      else if (this.own?.places.length) this.go('need');
    }
    if (this.step === 'send' && this.given.finishedAt) await this.send();
  }

  /** What the server knows; without a network the last draft is enough to go on. */
  async refresh(): Promise<void> {
    try {
      this.#keepOwn(await this.#deps.api.install.getOwn.query());
      this.stale = false;
    } catch (error) {
      this.stale = true;
      // Signed out: what the last person was told is nobody else's business.
      if (codeOf(error) === 'UNAUTHORIZED') this.#keepOwn(null);
      if (!this.own && this.step === 'done') this.step = 'code';
    }
    const place = this.own?.places[0];
    if (!place) return;
    if (this.given.placeId === 0) {
      this.given.placeId = place.id;
      this.given.address = place.address;
    }
    const free = this.own?.free.filter((point) => point.placeId === this.given.placeId);
    if (!this.given.resourceChosen && free?.[0]) this.given.resource = free[0].resource as Resource;
  }

  go(step: Step): void {
    const at = this.#deps.now();
    if (this.given.startedAt === 0) this.given.startedAt = at;
    this.given.steps = [...this.given.steps, { step: this.step, at }].slice(-40);
    if (step === 'send') this.given.review = true;
    this.step = step;
    void this.save();
  }

  /** On from this step: to the next one, or back to the summary once that was reached. */
  next(): void {
    const proofIsOld = this.given.proof?.proved === true && !this.proofStands;
    const unproved = this.step === 'meter' && (proofIsOld || !this.given.proof);
    if (this.given.review && !unproved) this.go('send');
    else this.go(STEPS[STEPS.indexOf(this.step) + 1] ?? 'done');
  }

  /** Keeps what is typed in the middle of a step; a draft that nobody began is not kept. */
  async keep(): Promise<void> {
    if (this.step !== 'code' && this.step !== 'done') await this.save();
  }

  async save(): Promise<void> {
    try {
      await this.#deps.drafts.save({ ...$state.snapshot(this.given), step: this.step });
      this.unkept = false;
    } catch {
      this.unkept = true;
    }
  }

  /** Keeps a judged picture; `sha256` names it everywhere. */
  async keepPhoto(kind: PhotoKind, photo: { blob: Blob; sha256: string }): Promise<void> {
    await this.#deps.drafts.putPhoto(photo.sha256, photo.blob);
    this.given.photos[kind] = photo.sha256;
    this.previews[kind] = URL.createObjectURL(photo.blob);
    await this.save();
  }

  /** Starts to hear; the promise ends when the receiver does. */
  async connect(receiver: InstallReceiver): Promise<void> {
    this.disconnect();
    this.receiver = receiver;
    this.heard = [];
    this.proof = null;
    this.marks = noMarks(this.#deps.now());
    this.now = this.marks.listenedAt;
    this.#stop = new AbortController();
    this.#timer = setInterval(() => (this.now = this.#deps.now()), 250);
    const end = await receiver.listen(
      {
        heard: (heard) => (this.heard = keepEvidence([...this.heard, heard], this.marks.openedAt)),
        receiver: (phase) => (this.receiverPhase = phase),
      },
      this.#stop.signal,
    );
    if (end !== 'aborted') this.receiverPhase = 'failed';
  }

  disconnect(): void {
    this.#stop?.abort();
    this.#stop = null;
    clearInterval(this.#timer);
    this.receiver = null;
    this.receiverPhase = 'none';
  }

  openTap(): void {
    this.receiver?.virtual?.open();
    this.given.dialMoved = true;
    void this.save();
    this.marks = { ...this.marks, openedAt: this.#deps.now(), closedAt: null, dialAfter: null };
  }

  closeTap(): void {
    this.receiver?.virtual?.close();
    this.marks = { ...this.marks, closedAt: this.#deps.now() };
  }

  /** The dial with the tap shut; the verdict follows by itself. */
  seeDial(text: string): void {
    this.marks = { ...this.marks, dialAfter: numberOf(text) };
  }

  /** Begins the proof again with the same receiver, after something was put right. */
  tryAgain(): void {
    const { receiver, marks, verdict } = this;
    // A dial that agreed was read right: it is where the next run begins.
    if (marks.dialAfter && verdict.problem === 'too-few') {
      this.#readDial(formatDecimal(marks.dialAfter));
    }
    if (receiver) void this.connect(receiver);
  }

  /** Takes the weight that fits the dial and judges the same evidence with it. */
  takeWeight(weight: Decimal): void {
    this.given.pulseWeight = formatDecimal(weight);
    void this.save();
  }

  takeChannel(channel: number): void {
    this.given.channel = channel;
    this.tryAgain();
  }

  /** The radio meter says what it measures; the number was right. */
  takeMedium(resource: Resource): void {
    this.takeResource(resource);
    this.tryAgain();
  }

  /** Another resource has other usual pulse weights. */
  takeResource(resource: Resource): void {
    this.given.resource = resource;
    this.given.resourceChosen = true;
    this.given.pulseWeight = usualWeight(resource, this.given.pulseWeight);
  }

  /** The dial before the tap is opened, read again. */
  rereadDial(text: string): void {
    this.#readDial(text);
    void this.save();
  }

  #readDial(text: string): void {
    this.given.start = text;
    this.given.startCells = '';
    this.given.dialMoved = false;
  }

  /** Closes the proof: proved, or not and why. */
  finishProof(why: InstallProof['problem'] = null): void {
    const { verdict, marks } = this;
    const proved = verdict.stage === 'proved';
    this.given.proof = {
      proved,
      problem: proved ? null : (why ?? verdict.problem),
      listenedAt: marks.listenedAt,
      openedAt: marks.openedAt,
      closedAt: marks.closedAt,
      pulses: this.given.attach === 'pulse' ? verdict.pulses : null,
      counted: formatDecimal(verdict.counted),
      dialAfter: marks.dialAfter ? formatDecimal(marks.dialAfter) : null,
      flags: flagsOf(verdict),
      simulated: this.receiver?.virtual !== null && this.receiver !== null,
      seen: seenBy(this.plan, this.heard),
    };
    this.given.provedWith = wiringOf(this.given);
    this.disconnect();
    this.next();
  }

  /** Sends once; without a network it stays complete on the phone. The id makes it one request. */
  async send(): Promise<void> {
    if (this.sending === 'busy') return;
    if (this.given.finishedAt === 0) this.given.finishedAt = this.#deps.now();
    this.sending = 'busy';
    await this.save();
    try {
      await sendPictures(this.#deps, this.given.photos);
      const draft = draftOf($state.snapshot(this.given));
      const sent = await this.#deps.api.install.submitRequest.mutate(draft);
      const others = this.own?.requests.filter(({ id }) => id !== sent.id) ?? [];
      this.#keepOwn({ places: [], free: [], ...this.own, requests: [sent, ...others] });
    } catch (error) {
      this.refusal = codeOf(error);
      this.sending = this.refusal ? 'refused' : 'queued';
      return;
    }
    this.sending = 'no';
    this.step = 'done';
    // The pictures stay for the case that the manager returns the request.
    await this.#deps.drafts.clear(this.#picturesToKeep());
    await this.refresh();
  }

  /** After "needs fix": everything stays as it was; the summary leads to what must be put right. */
  async correct(back = this.latest): Promise<void> {
    if (back && this.given.mends !== back.id) {
      const begun = this.aside.find((one) => one.mends === back.id);
      await this.#layAside();
      if (begun) return this.takeUp(begun.id);
      await this.#takeInHand(mendingOf(back));
    }
    this.go('send');
  }

  /** A second meter at the same place. */
  async another(): Promise<void> {
    await this.#beginBlank(this.given);
  }

  /** Goes on with a draft that was laid aside; the one in hand is laid aside for it. */
  async takeUp(id: string): Promise<void> {
    const one = this.aside.find((draft) => draft.id === id);
    if (!one) return;
    await this.#layAside();
    await this.#takeInHand($state.snapshot(one));
    this.step = one.step as Step;
    await this.save();
    // Only what lies safely in hand leaves the place where it was kept.
    if (this.unkept) return;
    this.aside = this.aside.filter((draft) => draft.id !== id);
    await this.#deps.drafts.dropAside(id);
  }

  /** After an invitation to one more home: a draft that holds something is not thrown away. */
  beginAt(placeId: number, address: string): void {
    if (this.given.serial && this.given.placeId === placeId) this.go('need');
    else void this.#beginBlank({ placeId, address });
  }

  async #beginBlank({ placeId, address }: { placeId: number; address: string }): Promise<void> {
    await this.#layAside();
    await this.#takeInHand({ ...blankGiven(), placeId, address });
    await this.#deps.drafts.clear(this.#picturesToKeep());
    this.go('need');
  }

  async #takeInHand(given: Given): Promise<void> {
    this.disconnect();
    this.given = given;
    this.sending = 'no';
    this.previews = await previewsOf(this.#deps.drafts, this.given.photos);
  }

  /** What was sent needs no place of its own: the server has it. */
  async #layAside(): Promise<void> {
    const { given } = this;
    const sent = this.own?.requests.some(({ id }) => id === given.id) ?? false;
    if (sent || (!given.serial && !picturesOf([given]).length)) return;
    const one = { ...$state.snapshot(given), step: this.step === 'done' ? 'send' : this.step };
    await this.#deps.drafts.layAside(given.id, one);
    this.aside = [...this.aside.filter(({ id }) => id !== given.id), one];
  }

  /** Of the draft in hand, of those aside, and of requests that may come back. */
  #picturesToKeep(): string[] {
    const open = this.own?.requests.filter(({ status }) => status !== 'approved') ?? [];
    return picturesOf([this.given, ...this.aside, ...open.map(({ draft }) => draft)]);
  }

  #keepOwn(own: Own | null): void {
    this.own = own;
    void this.#deps.drafts.saveOwn(own).catch(() => undefined);
  }
}

/** The server's code; '' when no server answered. */
const codeOf = (error: unknown): string => (error as { data?: { code?: string } }).data?.code ?? '';

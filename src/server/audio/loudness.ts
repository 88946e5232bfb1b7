/** Integrated loudness of a whole recording, in constant memory. @see ITU-R BS.1770-4, EBU R 128 */

/** LUFS; quieter blocks count as silence. */
const ABSOLUTE_GATE = -70
/** LU below the mean of what is no silence. */
const RELATIVE_GATE = -10
/** A block of 400 ms is four hops of 100 ms, so that blocks overlap by 75 %. */
const HOPS_PER_BLOCK = 4

/** Of the histogram: blocks of one bin differ by this much, in LU, and only the gate between them is rounded to it. */
const BIN_WIDTH = 0.01
const BINS = 10_000

const lufs = (power: number) => -0.691 + 10 * Math.log10(power)

/** A filter of second order; its a0 is 1. */
export interface Biquad {
  readonly b: readonly [number, number, number]
  readonly a: readonly [number, number]
}

/**
 * The two filters of the K-weighting, at any sample rate. The standard gives their coefficients at 48 kHz only; these
 * are the analogue filters behind them, put through the bilinear transform.
 *
 * @param sampleRate Hz
 */
export function kWeighting(sampleRate: number): readonly [shelf: Biquad, highPass: Biquad] {
  const design = (frequency: number, q: number) => {
    const k = Math.tan((Math.PI * frequency) / sampleRate)
    const a0 = 1 + k / q + k * k
    const a = [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0] as const
    return { k, a0, a }
  }
  const q = 0.7071752369554196
  const high = 10 ** (3.999843853973347 / 20)
  const middle = high ** 0.4996667741545416
  const { k, a0, a } = design(1681.974450955533, q)
  const shelf: Biquad = {
    b: [
      (high + (middle * k) / q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (middle * k) / q + k * k) / a0,
    ],
    a,
  }
  return [shelf, { b: [1, -2, 1], a: design(38.13547087602444, 0.5003270373238773).a }]
}

export class LoudnessMeter {
  readonly #weights: readonly number[]
  readonly #hopLength: number
  readonly #filters: readonly KFilter[]
  /** Samples of the hop so far, and its weighted sum of squares. */
  #inHop = 0
  #hopEnergy = 0
  /** Sums of squares of the hops before, newest last. */
  readonly #hops: number[] = []
  readonly #counts = new Uint32Array(BINS)
  readonly #powers = new Float64Array(BINS)

  /**
   * @param sampleRate Hz, 4,000 at least
   * @param weights what each channel counts for: 0 leaves it out
   */
  constructor(sampleRate: number, weights: readonly number[]) {
    this.#weights = weights
    this.#hopLength = Math.round(sampleRate / 10)
    this.#filters = weights.map(() => new KFilter(sampleRate))
  }

  /** @param channels one array per channel, equally long */
  add(channels: readonly Float32Array[]): void {
    const length = channels[0]?.length ?? 0
    for (let from = 0; from < length;) {
      const to = Math.min(length, from + this.#hopLength - this.#inHop)
      for (const [index, channel] of channels.entries()) {
        const weight = this.#weights[index] ?? 0
        const filter = this.#filters[index]
        if (weight && filter) this.#hopEnergy += weight * filter.energy(channel, from, to)
      }
      this.#inHop += to - from
      if (this.#inHop === this.#hopLength) this.#endHop()
      from = to
    }
  }

  /** LUFS; null where nothing is louder than the absolute gate for 400 ms. */
  integrated(): number | null {
    const ungated = this.#meanPower(0)
    if (ungated === null) return null
    const gated = this.#meanPower(10 ** ((lufs(ungated) + RELATIVE_GATE + 0.691) / 10))
    return gated === null ? null : lufs(gated)
  }

  #endHop(): void {
    this.#hops.push(this.#hopEnergy)
    this.#inHop = 0
    this.#hopEnergy = 0
    if (this.#hops.length < HOPS_PER_BLOCK) return
    const power = this.#hops.reduce((sum, hop) => sum + hop, 0) / (HOPS_PER_BLOCK * this.#hopLength)
    this.#hops.shift()
    const loudness = lufs(power)
    if (!(loudness > ABSOLUTE_GATE)) return
    const bin = Math.min(BINS - 1, Math.floor((loudness - ABSOLUTE_GATE) / BIN_WIDTH))
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    this.#powers[bin] = (this.#powers[bin] ?? 0) + power
  }

  /** Of the blocks above a power, a bin at a time; null where there are none. */
  #meanPower(above: number): number | null {
    let count = 0
    let sum = 0
    for (const [bin, blocks] of this.#counts.entries()) {
      const power = this.#powers[bin] ?? 0
      if (blocks === 0 || power / blocks <= above) continue
      count += blocks
      sum += power
    }
    return count === 0 ? null : sum / count
  }
}

/** The K-weighting of one channel. */
class KFilter {
  readonly #shelf: Biquad
  readonly #highPass: Biquad
  /** Two delays of either filter, in transposed direct form II. */
  readonly #state = new Float64Array(4)

  constructor(sampleRate: number) {
    ;[this.#shelf, this.#highPass] = kWeighting(sampleRate)
  }

  /** The sum of squares of the weighted samples `from` to `to`. */
  energy(samples: Float32Array, from: number, to: number): number {
    const [b0, b1, b2] = this.#shelf.b
    const [a1, a2] = this.#shelf.a
    const [c1, c2] = this.#highPass.a
    const state = this.#state
    let [s1, s2, h1, h2] = state as unknown as [number, number, number, number]
    let sum = 0
    for (let index = from; index < to; index++) {
      const x = samples[index] as number
      const shelved = b0 * x + s1
      s1 = b1 * x - a1 * shelved + s2
      s2 = b2 * x - a2 * shelved
      const y = shelved + h1
      h1 = -2 * shelved - c1 * y + h2
      h2 = shelved - c2 * y
      sum += y * y
    }
    // In silence these fade into denormal numbers, which some processors reckon with a hundred times more slowly.
    state[0] = settled(s1)
    state[1] = settled(s2)
    state[2] = settled(h1)
    state[3] = settled(h2)
    return sum
  }
}

const settled = (delay: number) => (Math.abs(delay) < 1e-30 ? 0 : delay)

/** Fine enough that a bucket of the drawing is off by a sixteenth of its width at most. */
const BINS_PER_BUCKET = 16

/** The outline of a recording whose length is known only when it is over. */
export class Waveform {
  readonly #buckets: number
  readonly #bins: Float32Array
  /** Samples that one bin stands for; doubles whenever the bins run out. */
  #samplesPerBin = 1
  /** The bin that is being filled, and how many samples it has. */
  #bin = 0
  #inBin = 0

  /** @param buckets how many values the drawing has */
  constructor(buckets: number) {
    this.#buckets = buckets
    this.#bins = new Float32Array(buckets * BINS_PER_BUCKET * 2)
  }

  get samples(): number {
    return this.#bin * this.#samplesPerBin + this.#inBin
  }

  /** The largest |sample| so far, of all channels; 1 is full scale. */
  get peak(): number {
    return this.#bins.reduce((largest, bin) => Math.max(largest, bin), 0)
  }

  /** @param channels one array per channel, equally long */
  add(channels: readonly Float32Array[]): void {
    const length = channels[0]?.length ?? 0
    for (let from = 0; from < length;) {
      if (this.#bin === this.#bins.length) this.#fold()
      const to = Math.min(length, from + this.#samplesPerBin - this.#inBin)
      let largest = this.#bins[this.#bin] ?? 0
      for (const channel of channels) {
        for (let index = from; index < to; index++) {
          const size = Math.abs(channel[index] as number)
          if (size > largest) largest = size
        }
      }
      this.#bins[this.#bin] = largest
      this.#inBin += to - from
      if (this.#inBin === this.#samplesPerBin) {
        this.#bin++
        this.#inBin = 0
      }
      from = to
    }
  }

  /**
   * The largest |sample| of each of equally long stretches, 0 to 1: as many as there are buckets, also when there are
   * fewer samples. No peak is ever missing from its stretch, but one close to an edge may show in both.
   */
  peaks(): number[] {
    const { samples } = this
    if (samples === 0) return Array.from({ length: this.#buckets }, () => 0)
    const binsPerBucket = samples / this.#samplesPerBin / this.#buckets
    return Array.from({ length: this.#buckets }, (_, bucket) => {
      const from = Math.floor(bucket * binsPerBucket)
      const to = Math.max(from + 1, Math.ceil((bucket + 1) * binsPerBucket))
      return Math.min(
        1,
        this.#bins.subarray(from, to).reduce((largest, bin) => Math.max(largest, bin), 0),
      )
    })
  }

  #fold(): void {
    const bins = this.#bins
    const half = bins.length / 2
    for (let bin = 0; bin < half; bin++) {
      bins[bin] = Math.max(bins[2 * bin] ?? 0, bins[2 * bin + 1] ?? 0)
    }
    bins.fill(0, half)
    this.#bin = half
    this.#samplesPerBin *= 2
  }
}

/** Where a channel is played, as far as loudness asks. */
export type Speaker = 'front' | 'low-frequency' | 'side' | 'back' | 'back-centre'

/** The bits of WAVEFORMATEXTENSIBLE.dwChannelMask, lowest first; those above are over the listener's head. */
const ofMask: readonly Speaker[] = [
  ...(['front', 'front', 'front', 'low-frequency', 'back', 'back'] as const),
  ...(['front', 'front', 'back-centre', 'side', 'side'] as const),
]

/** The usual places of 1 to 8 channels. @see RFC 9639 §9.1.3, which WAV shares */
const usualMasks = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f]

/** @see Vorbis I specification §4.3.9; RFC 7845 §5.1.1.2 */
const vorbisOrder: readonly (readonly Speaker[])[] = [
  ['front'],
  ['front', 'front'],
  ['front', 'front', 'front'],
  ['front', 'front', 'back', 'back'],
  ['front', 'front', 'front', 'back', 'back'],
  ['front', 'front', 'front', 'back', 'back', 'low-frequency'],
  ['front', 'front', 'front', 'side', 'side', 'back-centre', 'low-frequency'],
  ['front', 'front', 'front', 'side', 'side', 'back', 'back', 'low-frequency'],
]

/** The speakers of a WAV or FLAC recording. @param mask 0 where the file names none */
export function waveSpeakers(channels: number, mask = 0): readonly Speaker[] {
  const named = mask || usualMasks[channels - 1] || 0
  const speakers: Speaker[] = []
  for (let bit = 0; bit < 32 && speakers.length < channels; bit++) {
    if (named & (1 << bit)) speakers.push(ofMask[bit] ?? 'front')
  }
  while (speakers.length < channels) speakers.push('front')
  return speakers
}

/** The speakers of a Vorbis or Opus recording. */
export const vorbisSpeakers = (channels: number): readonly Speaker[] =>
  vorbisOrder[channels - 1] ?? waveSpeakers(channels)

/**
 * What each channel counts for in loudness: 1.41 from 60° to 120° to the side, nothing for low-frequency effects, else
 * 1. Of five speakers the back ones stand at 110°; where there are side ones too they stand further behind.
 *
 * @see ITU-R BS.1770-4, tables 3 and 4
 */
export function loudnessWeights(speakers: readonly Speaker[]): readonly number[] {
  const sides = speakers.includes('side')
  return speakers.map((speaker) => {
    if (speaker === 'low-frequency') return 0
    return speaker === 'side' || (speaker === 'back' && !sides) ? 1.41 : 1
  })
}

/**
 * Owns ITU-T G.711: what each octet of µ-law and A-law stands for. Pure.
 */

/** µ-law (G.711 table 2): sign, three bits of segment, four of step, all inverted, with a bias of 132. */
function muLaw(octet: number): number {
  const code = ~octet;
  const magnitude = (((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4);
  return code & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

/** A-law (G.711 table 1): as µ-law but without bias, every second bit inverted. */
function aLaw(octet: number): number {
  const code = octet ^ 0x55;
  const segment = (code & 0x70) >> 4;
  const step = ((code & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

const table = (decode: (octet: number) => number) => Int16Array.from({ length: 256 }, (_, i) => decode(i));

/** By octet, on the scale of 16 bits; by the names that the engine gives the codecs. */
export const G711 = { ulaw: table(muLaw), alaw: table(aLaw) } as const;

/** Octets as samples of -1 to 1; channels, which lie side by side, are mixed into one. */
export function decodeG711(
  values: Int16Array,
  octets: Uint8Array,
  channels: number,
): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.floor(octets.length / channels));
  const scale = 1 / (32_768 * channels);
  for (let i = 0, o = 0; i < samples.length; i += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1, o += 1) sum += values[octets[o] ?? 0] ?? 0;
    samples[i] = sum * scale;
  }
  return samples;
}

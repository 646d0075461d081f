//! A cheap guess whether compressing a chunk would pay.

/// Bytes looked at.
const SAMPLE: usize = 4096;
/// Pieces the sample consists of.
const PIECES: usize = 16;
const PIECE: usize = SAMPLE / PIECES;

/// Whether compressing would most probably not pay: in a sample spread over the chunk all byte values are about equally frequent, and
/// nothing repeats within it. Takes a few microseconds. Wrong answers cost space or time, nothing else.
///
/// Chunks of less than a sample are never called incompressible, because trying is as cheap as guessing.
pub fn looks_incompressible(chunk: &[u8]) -> bool {
    if chunk.len() < SAMPLE {
        return false;
    }
    let mut sample = [0; SAMPLE];
    let stride = (chunk.len() - PIECE) / (PIECES - 1);
    for (piece, at) in sample.as_chunks_mut::<PIECE>().0.iter_mut().zip((0..).step_by(stride)) {
        piece.copy_from_slice(&chunk[at..at + PIECE]);
    }
    is_flat(&sample) && !repeats(&sample)
}

/// Whether the histogram is that of random bytes. The sum of squares is the collision entropy without a logarithm: for
/// random bytes it is n + n(n-1)/256 on average, with a standard deviation of about 0.5 %; structure only adds to it.
fn is_flat(sample: &[u8; SAMPLE]) -> bool {
    // Four histograms, so that runs of one value do not wait for one counter.
    let mut counts = [[0u16; 256]; 4];
    for four in sample.as_chunks::<4>().0 {
        for (counts, byte) in counts.iter_mut().zip(four) {
            counts[usize::from(*byte)] += 1;
        }
    }
    let [a, b, c, d] = &counts;
    let squares: u32 = (0..256).map(|i| u32::from(a[i] + b[i] + c[i] + d[i]).pow(2)).sum();
    let random = SAMPLE as u32 + (SAMPLE * (SAMPLE - 1) / 256) as u32;
    squares < random + random / 12
}

/// Whether four-byte strings recur, as they do in compressible data with a flat histogram.
fn repeats(sample: &[u8; SAMPLE]) -> bool {
    let mut last = [0u16; 1024];
    let mut found = 0;
    for (i, window) in sample.windows(4).enumerate() {
        let word = u32::from_le_bytes([window[0], window[1], window[2], window[3]]);
        let slot = (word.wrapping_mul(0x9e37_79b1) >> 22) as usize;
        let earlier = usize::from(last[slot]);
        found += u32::from(earlier < i && sample[earlier..earlier + 4] == *window);
        last[slot] = i as u16;
    }
    // Random bytes have one such string in five hundred samples.
    found > SAMPLE as u32 / 64
}

//! An entropy coder for a table of small integers.
//! Imports the errors alone.
//!
//! The coder takes the numbers dim by dim, and each dim in the order of the rows. It estimates the
//! size of a number from its dim and from the earlier numbers of its row. The estimate picks one of
//! 48 contexts, as in lossless coders of pictures (Wu and Memon 1997, "Context-based, adaptive,
//! lossless image coding", section III). Each context has its own frequencies. With these, a range
//! asymmetric numeral system (rANS) codes the numbers (Duda 2013, "Asymmetric numeral systems",
//! section 4). All arithmetic is on integers.

use super::FormatError;

/// Contexts, four to an octave of the expected size.
const CONTEXTS: usize = 48;
/// Numbers, from −127 to 127.
const NUMBERS: usize = 255;
/// The frequencies of a context add up to `1 << BITS`.
const BITS: u32 = 12;
/// Lower bound L of the rANS state, which stays in [L, 256 L) between two numbers.
const LEAST: u32 = 1 << 23;
/// The sum of a row and the scale of a dim count in sixteenths.
const PARTS: u32 = 16;
/// Largest scale of a dim.
const MAX_SCALE: u16 = 127 * PARTS as u16;
/// Each row's sum starts as if this many numbers of the mean size had come before.
const BEFORE: u32 = 6;

/// The coded numbers, as a file holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackedNumbers {
    /// For each dim the mean size of its numbers in sixteenths, 1 to 2032.
    pub scales: Vec<u16>,
    /// For each of 48 contexts the frequency, in 4096ths, of each number from −127 to 127; zeros
    /// for an unused context.
    pub frequencies: Vec<u16>,
    /// The coded numbers: four bytes of the final state, the highest first, then the bytes that the
    /// decoder shifts into its state.
    pub coded: Vec<u8>,
}

/// Returns an error that names the contradiction, unless `ok`.
pub(super) fn ensure(ok: bool, contradiction: &'static str) -> Result<(), FormatError> {
    if ok { Ok(()) } else { Err(FormatError::Text(contradiction)) }
}

/// The contexts of a table's numbers, dim by dim.
#[derive(Debug)]
struct Contexts {
    /// For each row the sum of the sizes of its numbers so far.
    sums: Vec<u32>,
    /// The sum of the scales of the dims so far.
    scales: u32,
}

impl Contexts {
    fn new(scales: &[u16], rows: usize) -> Self {
        let total: u32 = scales.iter().copied().map(u32::from).sum();
        // At least 1, because every scale is at least 1.
        let start = BEFORE * total / scales.len().max(1) as u32;
        Self { sums: vec![start; rows], scales: start }
    }

    /// The factor from a row's sum to the expected size of its number in a dim.
    fn factor(&self, scale: u16) -> u64 {
        (u64::from(scale) << 20) / u64::from(self.scales)
    }

    /// Returns the context of a row's next number.
    fn of(&self, row: usize, factor: u64) -> usize {
        // In 1024ths. A sum is below 2^25, a factor below 2^31.
        let expected = ((u64::from(self.sums[row]) * factor) >> 14).max(16);
        let octave = expected.ilog2();
        let quarter = (expected >> (octave - 2)) as u32 & 3;
        ((octave - 4) * 4 + quarter).min(CONTEXTS as u32 - 1) as usize
    }

    fn add(&mut self, row: usize, number: i8) {
        self.sums[row] += PARTS * u32::from(number.unsigned_abs());
    }
}

impl PackedNumbers {
    /// Checks everything that needs no decoding.
    pub(super) fn check(&self, dims: u32) -> Result<(), FormatError> {
        let Self { scales, frequencies, .. } = self;
        ensure(
            scales.len() == dims as usize
                && scales.iter().all(|scale| (1..=MAX_SCALE).contains(scale)),
            "its scales are not 1 to 2032, one for each dim",
        )?;
        let mut sums = frequencies
            .chunks(NUMBERS)
            .map(|context| context.iter().copied().map(u32::from).sum::<u32>());
        ensure(
            frequencies.len() == CONTEXTS * NUMBERS && sums.all(|sum| sum == 0 || sum == 1 << BITS),
            "its frequencies do not add up",
        )
    }

    /// Encodes `table`, `dims × rows` numbers of −127 to 127; −128 becomes −127.
    #[must_use]
    pub fn encode(table: &[i8], rows: usize) -> Self {
        let sizes =
            |dim: &[i8]| dim.iter().map(|number| u64::from(number.unsigned_abs())).sum::<u64>();
        let scale = |dim: &[i8]| {
            (sizes(dim) * u64::from(PARTS) / dim.len() as u64).clamp(1, MAX_SCALE.into()) as u16
        };
        let scales: Vec<u16> = table.chunks_exact(rows).map(scale).collect();
        let mut contexts = Contexts::new(&scales, rows);
        let mut places = Vec::with_capacity(table.len());
        let mut counts = vec![0_u64; CONTEXTS * NUMBERS];
        for (dim, &scale) in table.chunks_exact(rows).zip(&scales) {
            let factor = contexts.factor(scale);
            for (row, &number) in dim.iter().enumerate() {
                let number = number.max(-127);
                let place = contexts.of(row, factor) * NUMBERS + (i16::from(number) + 127) as usize;
                counts[place] += 1;
                places.push(place as u16);
                contexts.add(row, number);
            }
            contexts.scales += u32::from(scale);
        }
        let frequencies: Vec<u16> = counts.chunks(NUMBERS).flat_map(frequencies).collect();
        let starts = starts(&frequencies);
        // The decoder returns the last coded number first.
        let mut state = LEAST;
        let mut coded = Vec::new();
        for &place in places.iter().rev() {
            let place = usize::from(place);
            let (frequency, start) = (u32::from(frequencies[place]), u32::from(starts[place]));
            while state >= ((LEAST >> BITS) << 8) * frequency {
                coded.push(state as u8);
                state >>= 8;
            }
            state = ((state / frequency) << BITS) + state % frequency + start;
        }
        coded.extend(state.to_le_bytes());
        coded.reverse();
        Self { scales, frequencies, coded }
    }
}

/// Decodes the numbers dim by dim, because all of them take a tenth of a second or more.
#[derive(Debug)]
pub(crate) struct NumberDecoder {
    scales: Vec<u16>,
    rows: usize,
    contexts: Contexts,
    /// For each context the number of each slot, counted from 0, or [`NONE`].
    slots: Vec<u8>,
    frequencies: Vec<u16>,
    starts: Vec<u16>,
    state: u32,
    coded: Vec<u8>,
    read: usize,
    table: Vec<i8>,
}

/// Marks the slots of an unused context.
const NONE: u8 = 255;

const BROKEN: FormatError = FormatError::Text("its vectors are not what its rows and dims need");

impl NumberDecoder {
    /// Starts with numbers that [`PackedNumbers::check`] accepted.
    pub(crate) fn new(numbers: PackedNumbers, rows: u32) -> Result<Self, FormatError> {
        let PackedNumbers { scales, frequencies, coded } = numbers;
        let mut slots = vec![NONE; CONTEXTS << BITS];
        let starts = starts(&frequencies);
        for (place, (&frequency, &start)) in frequencies.iter().zip(&starts).enumerate() {
            let slot = ((place / NUMBERS) << BITS) + usize::from(start);
            slots[slot..slot + usize::from(frequency)].fill((place % NUMBERS) as u8);
        }
        let rows = rows as usize;
        Ok(Self {
            contexts: Contexts::new(&scales, rows),
            table: Vec::with_capacity(rows * scales.len()),
            scales,
            rows,
            slots,
            frequencies,
            starts,
            state: u32::from_be_bytes(*coded.first_chunk().ok_or(BROKEN)?),
            coded,
            read: 4,
        })
    }

    /// Decodes the next dim. Returns `false` if none is left.
    pub(crate) fn decode_dim(&mut self) -> Result<bool, FormatError> {
        let Some(&scale) = self.scales.get(self.table.len() / self.rows) else { return Ok(false) };
        let factor = self.contexts.factor(scale);
        for row in 0..self.rows {
            let context = self.contexts.of(row, factor);
            let slot = self.state & ((1 << BITS) - 1);
            let number = self.slots[(context << BITS) + slot as usize];
            if number == NONE {
                return Err(BROKEN);
            }
            let place = context * NUMBERS + usize::from(number);
            let (frequency, start) =
                (u32::from(self.frequencies[place]), u32::from(self.starts[place]));
            self.state = frequency * (self.state >> BITS) + slot - start;
            while self.state < LEAST {
                let byte = *self.coded.get(self.read).ok_or(BROKEN)?;
                self.state = self.state << 8 | u32::from(byte);
                self.read += 1;
            }
            let number = number.wrapping_sub(127).cast_signed();
            self.contexts.add(row, number);
            self.table.push(number);
        }
        self.contexts.scales += u32::from(scale);
        Ok(true)
    }

    /// Decodes the dims that are left, and returns all numbers, `dims × rows`.
    pub(crate) fn finish(mut self) -> Result<Vec<i8>, FormatError> {
        while self.decode_dim()? {}
        if self.state == LEAST && self.read == self.coded.len() {
            Ok(self.table)
        } else {
            Err(BROKEN)
        }
    }
}

/// Returns for each context and number the sum of the frequencies before it.
fn starts(frequencies: &[u16]) -> Vec<u16> {
    let mut starts = Vec::with_capacity(frequencies.len());
    let mut sum = 0;
    for (place, &frequency) in frequencies.iter().enumerate() {
        if place % NUMBERS == 0 {
            sum = 0;
        }
        starts.push(sum);
        sum += frequency;
    }
    starts
}

/// Returns frequencies near the shares of `counts`. They add up to 4096, and a count above 0 has a
/// frequency of at least 1.
fn frequencies(counts: &[u64]) -> Vec<u16> {
    let total: u64 = counts.iter().sum();
    let share = |&count: &u64| if count == 0 { 0 } else { ((count << BITS) / total).max(1) as u16 };
    let mut shares: Vec<u16> = counts.iter().map(share).collect();
    let mut over = shares.iter().copied().map(i32::from).sum::<i32>() - (1 << BITS);
    while total > 0 && over != 0 {
        // Changes the largest, where the difference matters least; at least half of it stays.
        let Some(most) = shares.iter_mut().max() else { break };
        let change = over.min(i32::from(*most) / 2);
        *most = (i32::from(*most) - change) as u16;
        over -= change;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(packed: &PackedNumbers, rows: u32) -> Result<Vec<i8>, FormatError> {
        NumberDecoder::new(packed.clone(), rows)?.finish()
    }

    proptest! {
        #[test]
        fn tables_come_back(rows in 1_usize..40, dims in 1_usize..20, spread in 0_u32..8, seed: u64) {
            let mut state = seed | 1;
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                // Small numbers are frequent, and each number has a spread of its own.
                (i16::from(state as u8 % 255) - 127) >> ((state >> 20) as u32 % 8).max(spread)
            };
            let table: Vec<i8> = (0..rows * dims).map(|_| next() as i8).collect();
            let packed = PackedNumbers::encode(&table, rows);
            prop_assert_eq!(packed.check(dims as u32), Ok(()));
            prop_assert_eq!(decode(&packed, rows as u32), Ok(table));
            for fewer in [0, 3, packed.coded.len() / 2, packed.coded.len() - 1] {
                let cut = PackedNumbers { coded: packed.coded[..fewer].to_vec(), ..packed.clone() };
                prop_assert!(decode(&cut, rows as u32).is_err());
            }
        }

        #[test]
        fn decoding_ends_whatever_the_bytes(
            rows in 1_u32..40,
            coded: Vec<u8>,
            scales in proptest::collection::vec(1_u16..2033, 1..9),
        ) {
            let mut frequencies = vec![0; CONTEXTS * NUMBERS];
            for context in frequencies.chunks_mut(NUMBERS).step_by(2) {
                (context[0], context[127], context[254]) = (1, 4094, 1);
            }
            let packed = PackedNumbers { scales, frequencies, coded };
            prop_assert_eq!(packed.check(packed.scales.len() as u32), Ok(()));
            let _ = decode(&packed, rows);
        }
    }

    #[test]
    fn a_table_takes_little_more_than_its_entropy() {
        // Every second row has as many zeros as ones (one bit each), the others only zeros (no
        // bit).
        let mut state = 1_u64;
        let table: Vec<i8> = (0..200 * 400)
            .map(|at| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if at % 2 == 0 { (state >> 63) as i8 } else { 0 }
            })
            .collect();
        let bytes = PackedNumbers::encode(&table, 400).coded.len();
        assert!((5000..5300).contains(&bytes), "{bytes}");
    }

    #[test]
    fn golden_numbers() {
        let packed = PackedNumbers::encode(&[1, 1, 0, -1, 0, 3], 3);
        let set = (0..).zip(packed.frequencies.iter().copied()).filter(|each| each.1 > 0);
        assert_eq!(packed.scales, [10, 21]);
        let want = [(5227, 1365), (5228, 2731), (6250, 4096), (6501, 2048), (6502, 2048)];
        assert_eq!(set.collect::<Vec<(usize, u16)>>(), want);
        assert_eq!(packed.coded, [13, 128, 119, 253]);
    }

    #[test]
    fn each_contradiction_is_refused() {
        let sound = PackedNumbers::encode(&[1, -2, 3, 0, 0, 127], 3);
        assert_eq!(decode(&sound, 3), Ok(vec![1, -2, 3, 0, 0, 127]));
        let cases: [fn(&mut PackedNumbers); 6] = [
            |c| c.scales[1] = 0,
            |c| c.scales[0] = 2033,
            |c| c.scales.truncate(1),
            |c| c.frequencies[300] = 1,
            |c| c.frequencies.truncate(47 * 255),
            |c| c.frequencies.push(0),
        ];
        for (at, case) in cases.into_iter().enumerate() {
            let mut packed = sound.clone();
            case(&mut packed);
            assert!(packed.check(2).is_err(), "case {at}");
        }
        for rows in [1, 2, 4, 1000] {
            assert!(decode(&sound, rows).is_err(), "{rows} rows");
        }
        let longer = PackedNumbers { coded: [&sound.coded[..], &[0]].concat(), ..sound };
        assert!(decode(&longer, 3).is_err());
    }

    #[test]
    fn frequencies_add_up() {
        let few: Vec<u64> = (0..255).map(|at| u64::from(at == 7)).collect();
        let equal = vec![1; 255];
        let mixed: Vec<u64> = (0..255).map(|at| if at < 3 { 1 << 40 } else { 1 }).collect();
        for counts in [few, equal, mixed] {
            let shares = frequencies(&counts);
            assert_eq!(shares.iter().copied().map(u32::from).sum::<u32>(), 4096);
            assert!(shares.iter().zip(&counts).all(|(&share, &count)| (share > 0) == (count > 0)));
        }
        assert_eq!(frequencies(&[0; 255]), [0; 255]);
    }
}

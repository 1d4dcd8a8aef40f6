//! A small generator of random numbers, the same on every machine.

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for each combination of words. What is drawn from it does not depend on
    /// what was drawn before, so that a run stays the same wherever the tasks take turns.
    pub(super) fn of(seed: u64, words: &[&str]) -> Self {
        let mut rng = Self(seed);
        for byte in words.iter().flat_map(|word| word.bytes().chain([0])) {
            rng.0 = rng.next() ^ u64::from(byte);
        }
        rng
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end`, which is not among them.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(super) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them; there must be one.
    pub(super) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len() as u64);
        items[usize::try_from(index).unwrap()].clone()
    }

    /// One of them, if there is one.
    pub(super) fn any<T>(&mut self, items: impl IntoIterator<Item = T>) -> Option<T> {
        let mut items: Vec<T> = items.into_iter().collect();
        if items.is_empty() {
            return None;
        }
        let index = self.below(items.len() as u64);
        Some(items.swap_remove(usize::try_from(index).unwrap()))
    }
}

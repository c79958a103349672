use std::fmt;
use std::time::Duration;

use super::TokenError;
use super::kdf::Stretch;
use super::pin::Pin;

/// How a PIN is stretched to a key (口令派生), and how long.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kdf {
    /// PBKDF2 with HMAC-SM3, RFC 8018, 5.2: what a token gets unless its policy says otherwise.
    Pbkdf2Sm3 {
        /// How often HMAC is computed.
        iterations: u32,
    },
    /// Argon2id, RFC 9106: costs memory too, so that a guess is not much cheaper on special hardware. Not an algorithm of
    /// the SM series: for where policy allows it.
    Argon2id {
        /// Memory in KiB.
        memory_kib: u32,
        /// How often the memory is gone through.
        passes: u32,
        /// Parts of the memory that may be filled side by side. Filled one after another here.
        lanes: u32,
    },
}

impl Kdf {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pbkdf2Sm3 { .. } => "pbkdf2-hmac-sm3",
            Self::Argon2id { .. } => "argon2id",
        }
    }
}

impl fmt::Display for Kdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbkdf2Sm3 { iterations } => write!(f, "PBKDF2-HMAC-SM3 × {iterations}"),
            Self::Argon2id { memory_kib, passes, lanes } => {
                match memory_kib % 1024 {
                    0 => write!(f, "Argon2id {} MiB × {passes}", memory_kib / 1024)?,
                    _ => write!(f, "Argon2id {memory_kib} KiB × {passes}")?,
                }
                if *lanes == 1 { Ok(()) } else { write!(f, ", {lanes} lanes") }
            }
        }
    }
}

/// What one guess of a PIN costs: the function that stretches it, with its parameters.
///
/// Written into the token beside the PIN slot and shown by its information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KdfCost(pub(super) Kdf);

impl KdfCost {
    /// What a token gets: 1,000,000 iterations of PBKDF2 with HMAC-SM3, half a second to a second on one core.
    pub const DEFAULT: Self = Self(Kdf::Pbkdf2Sm3 { iterations: Self::LEAST_ITERATIONS });
    /// The usual Argon2id: 64 MiB, 3 passes, 1 lane.
    pub const ARGON2ID: Self = Self(Kdf::Argon2id { memory_kib: Self::LEAST_MEMORY, passes: 3, lanes: 1 });

    const LEAST_ITERATIONS: u32 = 1_000_000;
    const LEAST_MEMORY: u32 = 64 << 10;
    const LEAST_PASSES: u32 = 3;

    /// The most iterations that are ever done, so that a token from a stranger cannot keep a machine busy for hours.
    pub const MOST_ITERATIONS: u32 = 10_000_000;
    /// The most memory that is ever taken, in KiB: 1 GiB, which a small machine still has.
    pub const MOST_MEMORY: u32 = 1 << 20;
    /// The most that memory times passes may be, in KiB: 8 GiB, several seconds.
    pub const MOST_WORK: u64 = 8 << 20;
    /// The most lanes; more than any machine has cores for.
    pub const MOST_LANES: u32 = 64;

    /// PBKDF2 with a count from that of [`Self::DEFAULT`] to [`Self::MOST_ITERATIONS`].
    #[must_use]
    pub const fn iterations(count: u32) -> Option<Self> {
        if count >= Self::LEAST_ITERATIONS && count <= Self::MOST_ITERATIONS {
            Some(Self(Kdf::Pbkdf2Sm3 { iterations: count }))
        } else {
            None
        }
    }

    /// Argon2id with at least the memory and passes of [`Self::ARGON2ID`], within [`Self::MOST_MEMORY`],
    /// [`Self::MOST_WORK`] and [`Self::MOST_LANES`].
    #[must_use]
    pub const fn argon2id(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let cost = Self(Kdf::Argon2id { memory_kib, passes, lanes });
        if cost.is_done() && !cost.is_demo() { Some(cost) } else { None }
    }

    /// PBKDF2 with a count below the default, for demonstrations and tests: such a PIN is guessed quickly from a copied
    /// file.
    ///
    /// At least 1 iteration. The token tells that it was made so.
    #[must_use]
    pub const fn demo(count: u32) -> Self {
        let iterations = match count {
            0 => 1,
            count if count > Self::MOST_ITERATIONS => Self::MOST_ITERATIONS,
            count => count,
        };
        Self(Kdf::Pbkdf2Sm3 { iterations })
    }

    /// Argon2id at its cheapest, one pass over 64 KiB, for demonstrations and tests; see [`Self::demo`].
    #[must_use]
    pub const fn demo_argon2id() -> Self {
        Self(Kdf::Argon2id { memory_kib: 64, passes: 1, lanes: 1 })
    }

    /// The function and its parameters.
    #[must_use]
    pub const fn kdf(self) -> Kdf {
        self.0
    }

    /// The iterations of PBKDF2; `None` for another function.
    #[must_use]
    pub const fn count(self) -> Option<u32> {
        match self.0 {
            Kdf::Pbkdf2Sm3 { iterations } => Some(iterations),
            Kdf::Argon2id { .. } => None,
        }
    }

    /// Whether it is below what a token gets: for demonstrations only.
    #[must_use]
    pub const fn is_demo(self) -> bool {
        match self.0 {
            Kdf::Pbkdf2Sm3 { iterations } => iterations < Self::LEAST_ITERATIONS,
            Kdf::Argon2id { memory_kib, passes, .. } => memory_kib < Self::LEAST_MEMORY || passes < Self::LEAST_PASSES,
        }
    }

    /// Whether it is within the limits of what is done at all, and a cost that the function knows.
    pub(super) const fn is_done(self) -> bool {
        match self.0 {
            Kdf::Pbkdf2Sm3 { iterations } => iterations >= 1 && iterations <= Self::MOST_ITERATIONS,
            Kdf::Argon2id { memory_kib, passes, lanes } => {
                // RFC 9106, 3.1: at least eight blocks of 1 KiB a lane.
                1 <= lanes
                    && lanes <= Self::MOST_LANES
                    && 8 * lanes <= memory_kib
                    && memory_kib <= Self::MOST_MEMORY
                    && 1 <= passes
                    && memory_kib as u64 * passes as u64 <= Self::MOST_WORK
            }
        }
    }

    /// What a new PIN costs that takes the place of one at this cost: the same function, and never less. Of two functions
    /// it is Argon2id, unless that is for demonstration only.
    #[must_use]
    pub fn or_stronger(self, old: Self) -> Self {
        match (self.0, old.0) {
            (Kdf::Pbkdf2Sm3 { iterations: new }, Kdf::Pbkdf2Sm3 { iterations: old }) => {
                Self(Kdf::Pbkdf2Sm3 { iterations: new.max(old) })
            }
            (
                Kdf::Argon2id { memory_kib, passes, lanes },
                Kdf::Argon2id { memory_kib: old_memory, passes: old_passes, .. },
            ) => {
                let (memory_kib, passes) = (memory_kib.max(old_memory), passes.max(old_passes));
                let both = Self(Kdf::Argon2id { memory_kib, passes, lanes });
                // The most memory of one and the most passes of the other may be more than is done: then the old stays.
                if both.is_done() { both } else { old }
            }
            (Kdf::Pbkdf2Sm3 { .. }, Kdf::Argon2id { .. }) if !old.is_demo() => old,
            _ => self,
        }
    }

    /// Stretches something made up, for a caller who measures how long that takes on this machine.
    ///
    /// # Errors
    /// [`TokenError::NoMemory`] when there is not enough.
    pub fn rehearse(self) -> Result<(), TokenError> {
        let pin = Pin::new("a PIN that is nobody's")?;
        Stretch::new(self)?.stretch(&pin)?;
        Ok(())
    }

    /// The cost of the same function that would take about `target` on a machine where this one took `took`; never below
    /// what a token gets, never over what is done. Of Argon2id the passes are adapted, not the memory.
    #[must_use]
    pub fn scaled(self, took: Duration, target: Duration) -> Self {
        // A float is exact enough: the measurement is not.
        let factor = target.as_secs_f64() / took.as_secs_f64().max(1e-6);
        match self.0 {
            Kdf::Pbkdf2Sm3 { iterations } => {
                let wanted = (f64::from(iterations) * factor).min(f64::from(Self::MOST_ITERATIONS));
                // Rounded down to ten thousand: a number that looks measured promises more than was.
                let iterations = (wanted as u32 / 10_000 * 10_000).max(Self::LEAST_ITERATIONS);
                Self(Kdf::Pbkdf2Sm3 { iterations })
            }
            Kdf::Argon2id { memory_kib, passes, lanes } => {
                let memory_kib = memory_kib.clamp(Self::LEAST_MEMORY, Self::MOST_MEMORY);
                let most = u32::try_from(Self::MOST_WORK / u64::from(memory_kib)).unwrap_or(u32::MAX);
                let wanted = (f64::from(passes) * factor).min(f64::from(most));
                Self(Kdf::Argon2id { memory_kib, passes: (wanted as u32).max(Self::LEAST_PASSES), lanes })
            }
        }
    }
}

impl Default for KdfCost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for KdfCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argon(memory_kib: u32, passes: u32) -> KdfCost {
        KdfCost(Kdf::Argon2id { memory_kib, passes, lanes: 1 })
    }

    #[test]
    fn only_a_demonstration_goes_below_the_default() {
        assert_eq!(KdfCost::iterations(999_999), None);
        assert_eq!(KdfCost::iterations(10_000_001), None);
        assert_eq!(KdfCost::iterations(2_000_000).and_then(KdfCost::count), Some(2_000_000));
        assert!(KdfCost::demo(1000).is_demo() && !KdfCost::default().is_demo());
        assert_eq!((KdfCost::demo(0).count(), KdfCost::demo(u32::MAX).count()), (Some(1), Some(10_000_000)));
        assert!(KdfCost::demo_argon2id().is_demo() && !KdfCost::ARGON2ID.is_demo());
    }

    #[test]
    fn argon2id_is_made_within_its_limits_only() {
        assert_eq!(KdfCost::argon2id(65_536, 3, 1), Some(KdfCost::ARGON2ID));
        for (memory, passes, lanes) in [
            (65_535, 3, 1),
            (65_536, 2, 1),
            (65_536, 3, 0),
            (65_536, 3, 65),
            ((1 << 20) + 1, 3, 1),
            (1 << 20, 9, 1),
            (65_536, 129, 1),
            (u32::MAX, u32::MAX, u32::MAX),
        ] {
            assert_eq!(KdfCost::argon2id(memory, passes, lanes), None, "{memory} {passes} {lanes}");
        }
    }

    #[test]
    fn a_new_pin_keeps_the_function_and_never_costs_less() {
        let (few, many) = (KdfCost::DEFAULT, KdfCost::iterations(3_000_000).unwrap());
        assert_eq!((few.or_stronger(many), many.or_stronger(few)), (many, many));
        assert_eq!(few.or_stronger(KdfCost::demo(2)), few);
        assert_eq!(few.or_stronger(KdfCost::ARGON2ID), KdfCost::ARGON2ID);
        assert_eq!(KdfCost::ARGON2ID.or_stronger(many), KdfCost::ARGON2ID);
        assert_eq!(few.or_stronger(KdfCost::demo_argon2id()), few);
        assert_eq!(argon(65_536, 9).or_stronger(argon(131_072, 3)), argon(131_072, 9));
        let (deep, long) = (argon(1 << 20, 8), argon(65_536, 128));
        assert_eq!((deep.or_stronger(long), long.or_stronger(deep)), (long, deep), "both at once are over the limit");
    }

    #[test]
    fn a_measured_cost_is_scaled_within_the_limits() {
        let second = Duration::from_secs(1);
        let scaled = |took: u64, target| KdfCost::DEFAULT.scaled(Duration::from_millis(took), target).count();
        assert_eq!(scaled(250, second), Some(4_000_000));
        assert_eq!(scaled(333, second), Some(3_000_000));
        assert_eq!(scaled(4_000, second), Some(1_000_000), "never below what a token gets");
        assert_eq!(scaled(1, second), Some(10_000_000));
        assert_eq!(scaled(0, second), Some(10_000_000));
        assert_eq!(scaled(1, Duration::ZERO), Some(1_000_000));
        assert_eq!(KdfCost::ARGON2ID.scaled(second / 2, second), argon(65_536, 6));
        assert_eq!(KdfCost::ARGON2ID.scaled(Duration::ZERO, second), argon(65_536, 128));
        assert_eq!(KdfCost::ARGON2ID.scaled(second * 9, second), KdfCost::ARGON2ID);
    }

    #[test]
    fn each_function_has_its_name() {
        assert_eq!(KdfCost::DEFAULT.to_string(), "PBKDF2-HMAC-SM3 × 1000000");
        assert_eq!(KdfCost::ARGON2ID.to_string(), "Argon2id 64 MiB × 3");
        assert_eq!(
            Kdf::Argon2id { memory_kib: 65_537, passes: 4, lanes: 2 }.to_string(),
            "Argon2id 65537 KiB × 4, 2 lanes"
        );
        assert_eq!((KdfCost::DEFAULT.kdf().word(), KdfCost::ARGON2ID.kdf().word()), ("pbkdf2-hmac-sm3", "argon2id"));
    }

    #[test]
    fn a_rehearsal_needs_no_token() {
        assert!(KdfCost::demo(2).rehearse().is_ok() && KdfCost::demo_argon2id().rehearse().is_ok());
    }
}

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::cert::PathValidator;
use crate::time::Instant;

use super::Audience;
use super::AuthError;
use super::Challenge;
use super::Expectation;
use super::Login;
use super::Proof;

/// The open challenges of one service, in memory; each is answered once.
///
/// May be used by several threads at once: proofs are verified side by side, and of several proofs for one challenge one
/// alone is accepted. Bounded: when [`Self::new`]'s `most` challenges wait for an answer or for their end, no further one is
/// made. A service that strangers can reach limits how many each of them may ask for.
///
/// ```
/// # use eseal::auth::{Audience, AuthError, ChallengeBook, respond};
/// # use eseal::cert::{PathValidator, RevocationPolicy};
/// # use eseal::lab::{LabSettings, Office, Who};
/// # let now = eseal::time::Instant::utc(2026, 11, 24, 0, 0, 0)?;
/// # let office = Office::new(LabSettings::memory(now))?;
/// # let holder = office.holder(Who::Person);
/// # let trust = office.trust();
/// # let intermediates = office.intermediates();
/// # let validator = PathValidator::new(&trust).intermediates(&intermediates).policy(RevocationPolicy::IfAvailable);
/// let audience = Audience::new("https://service.example")?;
/// let book = ChallengeBook::new(audience.clone(), 300, 10_000)?;
/// let challenge = book.open(now)?;
/// let proof = respond(&challenge, &audience, &holder.certificate, holder.signer(), now)?;
///
/// assert!(book.accept(proof.as_der(), &validator, now).is_ok());
/// assert!(matches!(book.accept(proof.as_der(), &validator, now), Err(AuthError::Used)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChallengeBook {
    audience: Audience,
    life: i64,
    most: usize,
    kept: Mutex<HashMap<[u8; 32], Kept>>,
}

struct Kept {
    challenge: Challenge,
    used: bool,
}

impl ChallengeBook {
    /// A book of challenges for this audience that live so many seconds, at most `most` of them at a time.
    ///
    /// # Errors
    /// [`AuthError::BadLife`] as [`Challenge::new`].
    pub fn new(audience: Audience, life: i64, most: usize) -> Result<Self, AuthError> {
        if !(1..=Challenge::LONGEST).contains(&life) {
            return Err(AuthError::BadLife { most: Challenge::LONGEST });
        }
        Ok(Self { audience, life, most, kept: Mutex::default() })
    }

    /// Makes a challenge and remembers it.
    ///
    /// # Errors
    /// [`AuthError::BookFull`]; [`AuthError::Sm`] without randomness.
    pub fn open(&self, now: Instant) -> Result<Challenge, AuthError> {
        let challenge = Challenge::new(&self.audience, now, self.life)?;
        let mut kept = self.kept();
        // Looking through all of them is for when there is no room: it costs as much as there are.
        if kept.len() >= self.most {
            kept.retain(|_, one| one.challenge.period().to() >= now);
        }
        if kept.len() >= self.most {
            return Err(AuthError::BookFull { most: self.most });
        }
        kept.insert(*challenge.digest().as_bytes(), Kept { challenge: challenge.clone(), used: false });
        Ok(challenge)
    }

    /// Verifies the answer to one of the open challenges, and crosses that out. What does not verify crosses out nothing:
    /// else anybody who saw a challenge could keep its visitor from logging in.
    ///
    /// # Errors
    /// [`AuthError::ChallengeUnknown`] when no such challenge is open, [`AuthError::Used`] when it was answered before;
    /// otherwise as [`verify`](super::verify).
    pub fn accept(&self, proof: &[u8], validator: &PathValidator, now: Instant) -> Result<Login, AuthError> {
        let proof = Proof::from_bytes(proof)?;
        let challenge = match self.kept().get(proof.challenge()) {
            None => return Err(AuthError::ChallengeUnknown),
            Some(Kept { used: true, .. }) => return Err(AuthError::Used),
            Some(Kept { challenge, .. }) => challenge.clone(),
        };
        // Signatures are checked without holding the book.
        let login = proof.check(&challenge, &Expectation { audience: &self.audience, validator }, now)?;
        match self.kept().get_mut(proof.challenge()) {
            None => Err(AuthError::ChallengeUnknown),
            Some(Kept { used: true, .. }) => Err(AuthError::Used),
            Some(one) => {
                one.used = true;
                Ok(login)
            }
        }
    }

    /// How many challenges wait for an answer, or for their end.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept().len()
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every change to the map is one step, so it is whole even after another thread fell over.
    fn kept(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ChallengeBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChallengeBook({}, {} of {})", self.audience, self.len(), self.most)
    }
}

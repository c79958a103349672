//! A Merkle tree over the digests of audit entries: RFC 9162, 2.1 (the tree of RFC 6962), with SM3.
//!
//! The leaf of an entry is SM3(00 ‖ digest of the entry), a node SM3(01 ‖ left ‖ right), and the tree over no entries
//! SM3 of nothing. Who keeps a [`TreeHead`] can later be shown that an entry was in the log then, or that a longer log
//! goes on from it, by a handful of digests instead of the log.

use crate::sm::Sm3;
use crate::sm::Sm3Digest;
use crate::sm::sm3;

use super::AuditError;

/// How many digests are asked for at once.
const PAGE: u64 = 4_096;

/// The most digests of a proof: two for each of the 64 bits of a number.
const MAX_PATH: usize = 128;

fn leaf(entry: &Sm3Digest) -> Sm3Digest {
    let mut hash = Sm3::new();
    hash.update(&[0]).update(entry.as_bytes());
    hash.finish()
}

fn node(left: &Sm3Digest, right: &Sm3Digest) -> Sm3Digest {
    let mut hash = Sm3::new();
    hash.update(&[1]).update(left.as_bytes()).update(right.as_bytes());
    hash.finish()
}

/// A log as long as it was at some time, in one digest (树头). What an auditor keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Sm3Digest,
}

/// A tree that grows leaf by leaf; holds one digest for each bit of its size.
///
/// ```
/// use eseal::audit::MerkleTree;
/// use eseal::sm::sm3;
///
/// let mut tree = MerkleTree::new();
/// assert_eq!(tree.head().root, sm3(b""));
/// for entry in [sm3(b"first entry"), sm3(b"second entry"), sm3(b"third entry")] {
///     tree.push(&entry);
/// }
/// assert_eq!(tree.head().size, 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MerkleTree {
    size: u64,
    // Roots of perfect trees, each smaller than the one before.
    peaks: Vec<Sm3Digest>,
}

impl MerkleTree {
    /// A tree over no entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Adds the digest of the next entry.
    pub fn push(&mut self, entry: &Sm3Digest) {
        let mut top = leaf(entry);
        // Each low bit that is set is a tree of the same size that this one completes.
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("a peak for each bit of the size");
            top = node(&left, &top);
        }
        self.peaks.push(top);
        self.size += 1;
    }

    /// The tree as it is.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let mut peaks = self.peaks.iter().rev();
        let root = match peaks.next() {
            None => sm3(b""),
            Some(last) => peaks.fold(*last, |right, left| node(left, &right)),
        };
        TreeHead { size: self.size, root }
    }
}

/// Where digests of entries come from: up to so many that follow entry number `after`, in order.
///
/// [`Registry::entry_digests`](crate::registry::Registry::entry_digests) is one.
trait Digests<E>: FnMut(u64, usize) -> Result<Vec<Sm3Digest>, E> {}
impl<E, F: FnMut(u64, usize) -> Result<Vec<Sm3Digest>, E>> Digests<E> for F {}

/// The tree over entries `after + 1` to `until`.
fn tree_over<E: From<AuditError>>(after: u64, until: u64, digests: &mut impl Digests<E>) -> Result<MerkleTree, E> {
    let mut tree = MerkleTree::new();
    let mut at = after;
    while at < until {
        let wanted = (until - at).min(PAGE);
        let found = digests(at, usize::try_from(wanted).unwrap_or(usize::MAX))?;
        if found.is_empty() || found.len() as u64 > wanted {
            return Err(AuditError::NoSuchEntry { entry: until, size: at }.into());
        }
        at += found.len() as u64;
        found.iter().for_each(|digest| tree.push(digest));
    }
    Ok(tree)
}

/// The head of the tree over the first `size` entries.
///
/// # Errors
/// [`AuditError::NoSuchEntry`] when there are not so many; what `digests` gives.
pub fn tree_head<E: From<AuditError>>(
    size: u64,
    mut digests: impl FnMut(u64, usize) -> Result<Vec<Sm3Digest>, E>,
) -> Result<TreeHead, E> {
    Ok(tree_over(0, size, &mut digests)?.head())
}

/// The greatest power of two that is less than a size of at least 2.
const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// Shows that an entry is in a log (存在性证明). RFC 9162, 2.1.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The number of the entry; the first is 1.
    pub entry: u64,
    /// The length of the log.
    pub size: u64,
    /// The digests beside the way from the leaf to the root.
    pub path: Vec<Sm3Digest>,
}

impl InclusionProof {
    /// Makes the proof for an entry in the log of the first `size` entries. Asks for each digest of the log once.
    ///
    /// # Errors
    /// [`AuditError::NoSuchEntry`] when `entry` is 0 or greater than `size`, or there are not so many entries; what
    /// `digests` gives.
    pub fn make<E: From<AuditError>>(
        entry: u64,
        size: u64,
        mut digests: impl FnMut(u64, usize) -> Result<Vec<Sm3Digest>, E>,
    ) -> Result<Self, E> {
        if entry == 0 || entry > size {
            return Err(AuditError::NoSuchEntry { entry, size }.into());
        }
        let (mut low, mut high) = (0, size);
        let mut path = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if entry - 1 < middle {
                path.push(tree_over(middle, high, &mut digests)?.head().root);
                high = middle;
            } else {
                path.push(tree_over(low, middle, &mut digests)?.head().root);
                low = middle;
            }
        }
        path.reverse();
        Ok(Self { entry, size, path })
    }

    /// Checks that the entry of this digest has this place in the log of this head. RFC 9162, 2.1.3.2.
    ///
    /// # Errors
    /// [`AuditError::ProofFails`].
    pub fn verify(&self, entry: &Sm3Digest, head: &TreeHead) -> Result<(), AuditError> {
        let fails = Err(AuditError::ProofFails);
        if self.entry == 0 || self.entry > self.size || self.size != head.size || self.path.len() > MAX_PATH {
            return fails;
        }
        let (mut index, mut last) = (self.entry - 1, self.size - 1);
        let mut root = leaf(entry);
        for beside in &self.path {
            if last == 0 {
                return fails;
            }
            if index & 1 == 1 || index == last {
                root = node(beside, &root);
                while index & 1 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                root = node(&root, beside);
            }
            index >>= 1;
            last >>= 1;
        }
        if last == 0 && root == head.root { Ok(()) } else { fails }
    }
}

/// Shows that a longer log goes on from a shorter one (一致性证明): nothing of it was changed. RFC 9162, 2.1.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The length of the shorter log; at least 1.
    pub from: u64,
    /// The length of the longer log.
    pub to: u64,
    /// The digests that both roots are made of.
    pub path: Vec<Sm3Digest>,
}

impl ConsistencyProof {
    /// Makes the proof between the first `from` and the first `to` entries. Asks for each digest of the log at most once.
    ///
    /// # Errors
    /// [`AuditError::NoSuchEntry`] when `from` is 0 or greater than `to`, or there are not so many entries; what
    /// `digests` gives.
    pub fn make<E: From<AuditError>>(
        from: u64,
        to: u64,
        mut digests: impl FnMut(u64, usize) -> Result<Vec<Sm3Digest>, E>,
    ) -> Result<Self, E> {
        if from == 0 || from > to {
            return Err(AuditError::NoSuchEntry { entry: from, size: to }.into());
        }
        let (mut low, mut high) = (0, to);
        let mut path = Vec::new();
        // As long as the shorter log is on the left, its own root is what the reader has.
        let mut known = true;
        while high != from {
            let middle = low + split(high - low);
            if from <= middle {
                path.push(tree_over(middle, high, &mut digests)?.head().root);
                high = middle;
            } else {
                path.push(tree_over(low, middle, &mut digests)?.head().root);
                low = middle;
                known = false;
            }
        }
        if !known {
            path.push(tree_over(low, high, &mut digests)?.head().root);
        }
        path.reverse();
        Ok(Self { from, to, path })
    }

    /// Checks that the log of the second head goes on from that of the first. RFC 9162, 2.1.4.2.
    ///
    /// # Errors
    /// [`AuditError::ProofFails`].
    pub fn verify(&self, first: &TreeHead, second: &TreeHead) -> Result<(), AuditError> {
        let fails = Err(AuditError::ProofFails);
        let ours = self.from == first.size && self.to == second.size && self.path.len() <= MAX_PATH;
        if !ours || self.from == 0 || self.from > self.to {
            return fails;
        }
        if self.from == self.to {
            return if self.path.is_empty() && first.root == second.root { Ok(()) } else { fails };
        }
        let mut path = self.path.iter();
        let start = if self.from.is_power_of_two() { Some(&first.root) } else { path.next() };
        let Some(start) = start else { return fails };
        let (mut index, mut last) = (self.from - 1, self.to - 1);
        let even = index.trailing_ones();
        index >>= even;
        last >>= even;
        let (mut old, mut new) = (*start, *start);
        for beside in path {
            if last == 0 {
                return fails;
            }
            if index & 1 == 1 || index == last {
                old = node(beside, &old);
                new = node(beside, &new);
                while index & 1 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                new = node(&new, beside);
            }
            index >>= 1;
            last >>= 1;
        }
        if last == 0 && old == first.root && new == second.root { Ok(()) } else { fails }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: u64) -> Vec<Sm3Digest> {
        (0..count).map(|number| sm3(&number.to_be_bytes())).collect()
    }

    /// As the RFC defines it: by halves.
    fn defined(entries: &[Sm3Digest]) -> Sm3Digest {
        match entries {
            [] => sm3(b""),
            [one] => leaf(one),
            _ => {
                let (left, right) = entries.split_at(split(entries.len() as u64) as usize);
                node(&defined(left), &defined(right))
            }
        }
    }

    fn source(entries: &[Sm3Digest]) -> impl FnMut(u64, usize) -> Result<Vec<Sm3Digest>, AuditError> {
        |after, limit| Ok(entries.iter().skip(after as usize).take(limit.min(3)).copied().collect())
    }

    fn head(entries: &[Sm3Digest], size: u64) -> TreeHead {
        tree_head(size, source(entries)).unwrap()
    }

    #[test]
    fn the_tree_is_the_one_that_the_rfc_defines() {
        let all = entries(40);
        for size in 0..=40 {
            assert_eq!(head(&all, size).root, defined(&all[..size as usize]), "{size}");
        }
    }

    #[test]
    fn every_entry_of_every_log_is_shown_to_be_in_it_at_its_place_only() {
        let all = entries(18);
        for size in 1..=18 {
            let head = head(&all, size);
            for entry in 1..=size {
                let proof = InclusionProof::make(entry, size, source(&all)).unwrap();
                assert!(proof.path.len() <= 5);
                for (other, digest) in (1..).zip(&all) {
                    assert_eq!(proof.verify(digest, &head).is_ok(), other == entry, "{entry} of {size} as {other}");
                }
                for moved in (1..=size).filter(|moved| *moved != entry) {
                    let moved = InclusionProof { entry: moved, ..proof.clone() };
                    assert!(moved.verify(&all[entry as usize - 1], &head).is_err());
                }
            }
        }
    }

    #[test]
    fn every_longer_log_is_shown_to_go_on_from_every_shorter_one() {
        let all = entries(18);
        for to in 1..=18 {
            for from in 1..=to {
                let proof = ConsistencyProof::make(from, to, source(&all)).unwrap();
                let (first, second) = (head(&all, from), head(&all, to));
                assert_eq!(proof.verify(&first, &second), Ok(()), "{from} to {to}");
                let other = TreeHead { root: sm3(b"other"), ..first };
                assert_eq!(proof.verify(&other, &second), Err(AuditError::ProofFails));
                let other = TreeHead { root: sm3(b"other"), ..second };
                assert_eq!(proof.verify(&first, &other), Err(AuditError::ProofFails));
            }
        }
    }

    #[test]
    fn a_log_in_which_an_early_entry_was_edited_does_not_go_on() {
        let all = entries(13);
        for edited in 0..7 {
            let mut other = all.clone();
            other[edited] = sm3(b"edited");
            let proof = ConsistencyProof::make(7, 13, source(&other)).unwrap();
            assert!(proof.verify(&head(&all, 7), &head(&other, 13)).is_err(), "{edited}");
        }
    }

    #[test]
    fn a_proof_with_a_digest_more_less_or_other_fails() {
        let all = entries(13);
        let (first, second) = (head(&all, 6), head(&all, 13));
        let inclusion = InclusionProof::make(6, 13, source(&all)).unwrap();
        let consistency = ConsistencyProof::make(6, 13, source(&all)).unwrap();
        let spoiled = |path: &[Sm3Digest]| {
            let mut paths: Vec<Vec<Sm3Digest>> = vec![Vec::new(), [path, &[all[0]]].concat(), path[1..].to_vec()];
            paths.push([&all[..1], path].concat());
            paths.push(vec![all[0]; 200]);
            paths.extend((0..path.len()).map(|at| {
                let mut path = path.to_vec();
                path[at] = all[0];
                path
            }));
            paths
        };
        for path in spoiled(&inclusion.path) {
            assert!(InclusionProof { path, ..inclusion.clone() }.verify(&all[5], &second).is_err());
        }
        for path in spoiled(&consistency.path) {
            assert!(ConsistencyProof { path, ..consistency.clone() }.verify(&first, &second).is_err());
        }
        for (entry, size) in [(0, 13), (14, 13), (6, 12), (6, u64::MAX), (u64::MAX, u64::MAX)] {
            let proof = InclusionProof { entry, size, path: inclusion.path.clone() };
            assert!(proof.verify(&all[5], &second).is_err());
            if size != 12 {
                assert!(proof.verify(&all[5], &TreeHead { size, ..second }).is_err());
            }
        }
        for (from, to) in [(0, 13), (13, 6), (6, u64::MAX), (0, 0), (u64::MAX, u64::MAX)] {
            let proof = ConsistencyProof { from, to, path: consistency.path.clone() };
            assert!(proof.verify(&TreeHead { size: from, ..first }, &TreeHead { size: to, ..second }).is_err());
        }
    }

    #[test]
    fn what_is_not_in_the_log_cannot_be_proven() {
        let all = entries(5);
        let missing = |entry, size| AuditError::NoSuchEntry { entry, size };
        assert_eq!(InclusionProof::make(0, 5, source(&all)), Err(missing(0, 5)));
        assert_eq!(InclusionProof::make(6, 5, source(&all)), Err(missing(6, 5)));
        assert_eq!(InclusionProof::make(1, 9, source(&all)).unwrap_err().code(), "audit-no-such-entry");
        assert_eq!(ConsistencyProof::make(0, 5, source(&all)), Err(missing(0, 5)));
        assert_eq!(ConsistencyProof::make(5, 3, source(&all)), Err(missing(5, 3)));
        assert_eq!(tree_head(6, source(&all)).unwrap_err(), missing(6, 5));
        let endless = |_, limit: usize| Ok::<_, AuditError>(vec![sm3(b""); limit + 1]);
        assert!(tree_head(6, endless).is_err());
    }
}

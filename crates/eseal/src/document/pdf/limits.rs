//! Limits against files made to exhaust a reader.

/// How much a file may ask of the reader.
///
/// The defaults follow from files seen in attacks; each is far beyond what documents need. All can be set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Nesting of arrays, dictionaries and string parentheses in one object (200 000 opening brackets were seen).
    pub nesting: usize,
    /// Values in one object; a value takes some fifty bytes of memory but may be two bytes of file.
    pub values_per_object: usize,
    /// Values kept in memory for the whole file.
    pub values: usize,
    /// Cross-reference sections in one `/Prev` chain.
    pub sections: usize,
    /// Entries of all cross-reference sections together.
    pub entries: usize,
    /// Bytes one stream may decode to.
    pub decoded_stream: usize,
    /// Decoded to encoded size allowed once a stream is larger than 1 MiB decoded.
    pub decoded_ratio: usize,
    /// Decoded bytes of all streams of the file.
    pub decoded_total: usize,
    /// Filters on one stream.
    pub filters: usize,
    /// References followed from one to the next.
    pub hops: usize,
    /// Depth of the page tree.
    pub page_depth: usize,
    /// Pages.
    pub pages: usize,
    /// Depth of the field tree.
    pub field_depth: usize,
    /// Fields and widgets.
    pub fields: usize,
    /// Signatures in one file.
    pub signatures: usize,
    /// Bytes of one `/Contents`.
    pub contents: usize,
    /// Revisions that a search for later changes compares.
    pub compared_revisions: usize,
    /// Objects that all such comparisons of a file look at together.
    pub comparisons: usize,
}

impl Limits {
    /// How many bytes a stream of so many encoded bytes may decode to.
    ///
    /// Up to 1 MiB the ratio is not looked at: a short run of equal bytes packs better than any attack.
    pub(crate) fn decoded_bound(&self, encoded: usize) -> usize {
        self.decoded_stream.min(encoded.saturating_mul(self.decoded_ratio).max(1 << 20))
    }

    /// How many bytes may be read as objects where so many are there, in the file and in decoded object streams. Every
    /// object is read at most a few times, and objects do not overlap in files that are not made for it.
    pub(crate) const fn parsed_bound(there: usize) -> usize {
        there.saturating_mul(4).saturating_add(1 << 20)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nesting: 100,
            values_per_object: 1 << 20,
            values: 8 << 20,
            sections: 10_000,
            entries: 4 << 20,
            decoded_stream: 256 << 20,
            decoded_ratio: 1_000,
            decoded_total: 1 << 30,
            filters: 16,
            hops: 32,
            page_depth: 64,
            pages: 1 << 20,
            field_depth: 32,
            fields: 100_000,
            signatures: 1_000,
            contents: 16 << 20,
            compared_revisions: 1_000,
            comparisons: 4_000_000,
        }
    }
}

//! Which objects refer to which, over all revisions.

use std::collections::HashSet;

use super::super::error::PdfError;
use super::super::object::{Object, ObjectId, Value};
use super::super::reader::Pdf;
use super::super::resolver::View;
use super::super::xref::Entry;

/// Every reference of every version of every object.
#[derive(Debug)]
pub(crate) struct References {
    /// Target number and history index of the holder, sorted.
    by_target: Vec<(u32, u32)>,
    /// History index of the holder, target number and generation, sorted.
    by_holder: Vec<(u32, u32, u16)>,
}

impl References {
    /// Reads all objects once, without keeping them.
    pub(crate) fn read(pdf: &Pdf<'_>) -> Result<Self, PdfError> {
        let mut by_holder = Vec::new();
        for (index, placed) in pdf.history.iter().enumerate() {
            if placed.entry == Entry::Free {
                continue;
            }
            let holder = u32::try_from(index).map_err(|_| PdfError::OverLimit { what: "objects", limit: 1 << 32 })?;
            pdf.read_once(index, |object| {
                // These carry the trailer and the members, which are looked at on their own.
                let is_structure = object.value.as_stream().is_some_and(|stream| {
                    stream.dictionary.is_name(b"Type", b"XRef") || stream.dictionary.is_name(b"Type", b"ObjStm")
                });
                if !is_structure {
                    let start = by_holder.len();
                    each_reference(&object.value, &mut |id| by_holder.push((holder, id.number, id.generation)));
                    by_holder[start..].sort_unstable();
                }
            })?;
        }
        by_holder.dedup();
        let mut by_target: Vec<(u32, u32)> = by_holder.iter().map(|&(holder, target, _)| (target, holder)).collect();
        by_target.sort_unstable();
        by_target.dedup();
        Ok(Self { by_target, by_holder })
    }

    /// The first number from `start` on that begins a run of `room` numbers to which nothing refers.
    pub(crate) fn unused(&self, start: u32, room: u32) -> u32 {
        let from = self.by_target.partition_point(|&(number, _)| number < start);
        let mut first = start;
        for &(number, _) in &self.by_target[from..] {
            if number.saturating_sub(first) >= room {
                break;
            }
            first = number.saturating_add(1);
        }
        first
    }

    /// The objects that refer to a number as of a revision.
    pub(crate) fn holders(&self, view: View<'_, '_>, target: u32) -> Vec<u32> {
        let from = self.by_target.partition_point(|&(number, _)| number < target);
        let holders = self.by_target[from..].iter().take_while(|&&(number, _)| number == target);
        holders
            .filter(|&&(_, index)| {
                let number = view.pdf.history[index as usize].number;
                view.pdf.place_of(number, view.revision) == Some(index as usize)
            })
            .map(|&(_, index)| view.pdf.history[index as usize].number)
            .collect()
    }

    /// Every object that the trailer leads to as of a revision.
    pub(crate) fn reachable(&self, view: View<'_, '_>) -> HashSet<u32> {
        let mut reached = HashSet::new();
        let mut stack = Vec::new();
        for (_, value) in view.trailer().iter() {
            each_reference(value, &mut |id| stack.push((id.number, id.generation)));
        }
        while let Some((number, generation)) = stack.pop() {
            let Some(index) = view.pdf.place_of(number, view.revision) else { continue };
            let meant = match view.pdf.history[index].entry {
                Entry::Free => false,
                Entry::Plain { generation: own, .. } => own == generation,
                Entry::Compressed { .. } => generation == 0,
            };
            if !meant || !reached.insert(number) {
                continue;
            }
            let from = self.by_holder.partition_point(|&(holder, ..)| (holder as usize) < index);
            let targets = self.by_holder[from..].iter().take_while(|&&(holder, ..)| holder as usize == index);
            stack.extend(targets.map(|&(_, target, generation)| (target, generation)));
        }
        reached
    }
}

/// Calls back for every reference in a value. Values nest at most as deep as the parser allows.
pub(super) fn each_reference(value: &Value, found: &mut dyn FnMut(ObjectId)) {
    match &value.object {
        Object::Reference(id) => found(*id),
        Object::Array(values) => values.iter().for_each(|value| each_reference(value, found)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| each_reference(value, found)),
        Object::Stream(stream) => stream.dictionary.iter().for_each(|(_, value)| each_reference(value, found)),
        _ => {}
    }
}

/// How often a value refers to a number.
pub(super) fn count_references(value: &Value, number: u32) -> usize {
    let mut count = 0;
    each_reference(value, &mut |id| count += usize::from(id.number == number));
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_something_refers_to_are_stepped_over() {
        let by_target = [3, 5, 9, 9, 30, u32::MAX].map(|number| (number, 0)).to_vec();
        let references = References { by_target, by_holder: Vec::new() };
        assert_eq!(references.unused(1, 2), 1);
        assert_eq!(references.unused(5, 3), 6);
        assert_eq!(references.unused(5, 4), 10);
        assert_eq!(references.unused(20, 40), 31);
        assert_eq!(references.unused(u32::MAX, 1), u32::MAX);
    }
}

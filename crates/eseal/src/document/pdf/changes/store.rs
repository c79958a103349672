//! Validation data (`/DSS`, ETSI EN 319 142-1, 5.4): may be added and extended, never cut.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::error::PdfError;
use super::super::object::{Dictionary, Object, Value, name_text};
use super::ChangeKind;
use super::compare::Compare;

impl Compare<'_, '_, '_> {
    pub(super) fn validation_data(&mut self) -> Result<(), PdfError> {
        let (old_catalog, new_catalog) = (Arc::clone(&self.old.catalog), self.new.catalog()?);
        let (Some(old_catalog), Some(new_catalog)) = (old_catalog.dictionary(), new_catalog.dictionary()) else {
            return Ok(());
        };
        let (old_slot, new_slot) = (old_catalog.get(b"DSS"), new_catalog.get(b"DSS"));
        if old_slot.is_none() && new_slot.is_none() {
            return Ok(());
        }
        let before_changes = self.explained.len();
        let id = new_slot.and_then(Value::as_reference);
        let (old, new) = (self.old.view.get(old_catalog, b"DSS")?, self.new.get(new_catalog, b"DSS")?);
        let empty = Dictionary::default();
        let before = old.as_dictionary().unwrap_or(&empty);
        let after = match new.value().map(|value| &value.object) {
            Some(Object::Dictionary(after)) if !after.has_duplicates() => after,
            _ => {
                self.report(ChangeKind::ValidationDataBroken, id, "DSS");
                return Ok(());
            }
        };
        let mut sound = self.own_object(old_slot, new_slot, self.old.catalog.id.number)?;
        let holder = old_slot.and_then(Value::as_reference).unwrap_or(self.old.catalog.id).number;
        for (key, value) in after.iter() {
            sound &= match key {
                b"Certs" | b"CRLs" | b"OCSPs" => self.grown_list(before.get(key), Some(value), holder)?,
                b"VRI" => self.grown_table(before.get(key), value, holder)?,
                _ => before.get(key) == Some(value) || value.as_name().is_some(),
            };
            if !sound {
                self.report(ChangeKind::ValidationDataBroken, id, name_text(key));
                return Ok(());
            }
        }
        if before.iter().any(|(key, value)| !value.is_null() && after.get(key).is_none()) {
            self.report(ChangeKind::ValidationDataBroken, id, "DSS");
        } else if old_slot != new_slot || self.explained.len() != before_changes {
            self.report(ChangeKind::ValidationData, id, "");
        }
        Ok(())
    }

    /// A list that keeps every element it had.
    fn grown_list(&mut self, old: Option<&Value>, new: Option<&Value>, holder: u32) -> Result<bool, PdfError> {
        let Some(new) = new else { return Ok(old.is_none()) };
        if !self.own_object(old, Some(new), holder)? {
            return Ok(false);
        }
        let after = self.new.resolve(new)?;
        let Some(after) = after.as_array() else { return Ok(false) };
        let now: HashSet<_> = after.iter().filter_map(Value::as_reference).collect();
        if let Some(old) = old {
            let before = self.old.view.resolve(old)?;
            let kept = before.as_array().unwrap_or_default().iter().filter_map(Value::as_reference);
            if !kept.into_iter().all(|id| now.contains(&id)) {
                return Ok(false);
            }
        }
        for value in after {
            let stream = self.new.resolve(value)?.value().is_some_and(|value| value.as_stream().is_some());
            if !stream {
                return Ok(false);
            }
            self.adopt(value)?;
        }
        Ok(true)
    }

    /// `/VRI`: every entry it had stays as it was.
    fn grown_table(&mut self, old: Option<&Value>, new: &Value, holder: u32) -> Result<bool, PdfError> {
        if !self.own_object(old, Some(new), holder)? {
            return Ok(false);
        }
        let after = self.new.resolve(new)?;
        let Some(Object::Dictionary(after)) = after.value().map(|value| &value.object) else { return Ok(false) };
        if let Some(old) = old {
            let before = self.old.view.resolve(old)?;
            let before = before.as_dictionary();
            if before.is_some_and(|before| before.iter().any(|(key, value)| after.get(key) != Some(value))) {
                return Ok(false);
            }
        }
        for (_, value) in after.iter() {
            self.adopt(value)?;
        }
        Ok(true)
    }
}

//! Field, widgets, page lists and form of a signature, as objects of an update.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::appearance::Transparency;
use super::conformance::pdfa_part;
use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::geometry::PageFrame;
use super::number::{number_array, text_string};
use super::object::{Dictionary, IndirectObject, Object, ObjectId, Value};
use super::obstacles::{Earlier, Obstacle};
use super::pages::{Page, Pages, rectangle};
use super::reader::Pdf;
use super::reserve::{Shown, WidgetPlace};
use super::resolver::{Found, View};
use super::splice::{with_elements, with_entries};
use super::target::Existing;
use super::update::{Base, Update};

/// Print and Locked (ISO 32000-1, table 165): a seal is printed, and no stray mouse moves it.
const WIDGET_FLAGS: i64 = 4 | 128;
/// Invisible, Hidden and NoView: what must not be set where a seal is to be seen.
const HIDING_FLAGS: i64 = 1 | 2 | 32;
/// A Stamp annotation is read-only too.
const STAMP_FLAGS: i64 = WIDGET_FLAGS | 64;

/// Writes the objects of one signature into an [`Update`].
pub(super) struct Writer<'p, 'a, 'd> {
    pdf: &'p Pdf<'a>,
    view: View<'p, 'a>,
    pages: &'p Pages,
    catalog: &'d Arc<IndirectObject<'a>>,
    pub(super) update: Update<'p>,
    shown: Option<Shown<'d>>,
    transparency: Transparency,
    /// The picture's image object, written when the first form needs it.
    image: Option<String>,
    /// Forms by their content: pages of one shape share theirs.
    forms: HashMap<Vec<u8>, ObjectId>,
    /// Annotations to be listed, by page.
    annotations: BTreeMap<usize, Vec<String>>,
}

/// Keys to be set, and their values.
type Changes = Vec<(&'static [u8], Vec<u8>)>;

fn reference(id: ObjectId) -> String {
    format!("{} {} R", id.number, id.generation)
}

const fn duplicate_key(id: ObjectId) -> PdfError {
    PdfError::Obstacle(Obstacle::Faulty {
        fault: Fault { kind: FaultKind::DuplicateKey, offset: None, object: Some(id) },
    })
}

/// The dictionary of an object that is to be changed; a stream has one too, but is no page, field or form.
fn editable<'o>(object: &'o IndirectObject<'_>, error: PdfError) -> Result<&'o Dictionary, PdfError> {
    let Object::Dictionary(dictionary) = &object.value.object else { return Err(error) };
    if dictionary.has_duplicates() { Err(duplicate_key(object.id)) } else { Ok(dictionary) }
}

impl<'p, 'a, 'd> Writer<'p, 'a, 'd> {
    pub(super) fn new(
        pdf: &'p Pdf<'a>,
        base: Base<'p>,
        catalog: &'d Arc<IndirectObject<'a>>,
        shown: Option<Shown<'d>>,
    ) -> Result<Self, PdfError> {
        let view = pdf.latest();
        let transparency = match pdfa_part(view, catalog)? {
            Some(1) => Transparency::Forbidden,
            _ => Transparency::Allowed,
        };
        Ok(Self {
            pdf,
            view,
            pages: pdf.pages()?,
            catalog,
            update: Update::new(base),
            shown,
            transparency,
            image: None,
            forms: HashMap::new(),
            annotations: BTreeMap::new(),
        })
    }

    /// Writes a new field with its widgets and gives back the field.
    pub(super) fn new_field(
        &mut self,
        name: &str,
        signature: ObjectId,
        places: &[WidgetPlace],
        earlier: &Earlier,
    ) -> Result<ObjectId, PdfError> {
        let entries = format!("/FT /Sig /T {} /V {}", text_string(name), reference(signature));
        let places = if self.shown.is_some() { places } else { &[] };
        let Some((first, others)) = places.split_first() else {
            let page = self.page(1)?;
            let field = self.update.allocate()?;
            self.update
                .put(field, annotation(&format!("/Subtype /Widget {entries}"), page, [0.0; 4], "", WIDGET_FLAGS));
            self.list(1, field);
            return Ok(field);
        };
        // ISO 32000-2, 12.7.5.5: a signature field refers to one annotation only. Before, several were nobody's concern.
        let single = others.is_empty() || self.is_pdf_2();
        if !others.is_empty() && single && earlier.signed {
            return Err(Obstacle::SeveralPlaces.into());
        }
        let field = self.update.allocate()?;
        if single {
            let widget = self.annotation(first, &format!("/Subtype /Widget {entries}"), WIDGET_FLAGS)?;
            self.update.put(field, widget);
            self.list(first.page, field);
            for place in others {
                let stamp = self.annotation(place, "/Subtype /Stamp", STAMP_FLAGS)?;
                let stamp = self.update.add(stamp)?;
                self.list(place.page, stamp);
            }
            return Ok(field);
        }
        let mut kids = Vec::with_capacity(places.len());
        for place in places {
            let entries = format!("/Subtype /Widget /Parent {}", reference(field));
            let kid = self.annotation(place, &entries, WIDGET_FLAGS)?;
            let kid = self.update.add(kid)?;
            self.list(place.page, kid);
            kids.push(reference(kid));
        }
        self.update.put(field, format!("<< {entries} /Kids [{}] >>", kids.join(" ")).into_bytes());
        Ok(field)
    }

    /// Whether the file is PDF 2.0, by its header or its catalog.
    fn is_pdf_2(&self) -> bool {
        let in_catalog = self.catalog.dictionary().and_then(|catalog| catalog.get(b"Version")).and_then(Value::as_name);
        self.pdf.version().0 >= 2
            || in_catalog.is_some_and(|version| version.first().is_some_and(|&major| major >= b'2'))
    }

    fn list(&mut self, page: usize, annotation: ObjectId) {
        self.annotations.entry(page).or_default().push(reference(annotation));
    }

    fn page(&self, number: usize) -> Result<ObjectId, PdfError> {
        let page = self.found_page(number)?;
        page.id.ok_or_else(|| Obstacle::DirectPage { page: number }.into())
    }

    fn found_page(&self, number: usize) -> Result<&'p Page, PdfError> {
        self.pages.page(number).ok_or(PdfError::NoSuchPage { page: number, count: self.pages.count() })
    }

    /// An annotation that shows the whole picture at a place.
    fn annotation(&mut self, place: &WidgetPlace, entries: &str, flags: i64) -> Result<Vec<u8>, PdfError> {
        let id = self.page(place.page)?;
        let frame = self.found_page(place.page)?.frame().ok_or(PdfError::NoMediaBox { page: place.page })?;
        let rect = frame.user_rect(place.seen_mm);
        let (width, height) = frame.upright_size(rect);
        let form = self.form(&frame, (width, height), [0.0, 0.0, width, height])?;
        let mut shown = format!("/AP << /N {form} >>");
        if frame.turn().degrees() != 0 && flags == WIDGET_FLAGS {
            shown.push_str(&format!(" /MK << /R {} >>", frame.turn().degrees()));
        }
        Ok(annotation(entries, id, rect, &shown, flags))
    }

    /// A reference to a form that shows the picture at `at` in a box of the given size, upright on the page.
    fn form(&mut self, frame: &PageFrame, size: (f64, f64), at: [f64; 4]) -> Result<String, PdfError> {
        let Some(Shown { appearance, .. }) = self.shown else { return Ok("null".to_owned()) };
        let image = match &self.image {
            Some(image) => image.clone(),
            None => {
                let mask = appearance.mask_object(self.transparency).map(|mask| self.update.add(mask)).transpose()?;
                let mask = mask.map(reference);
                let image = self.update.add(appearance.image_object(mask.as_deref(), self.transparency))?;
                self.image.insert(reference(image)).clone()
            }
        };
        let matrix = frame.form_matrix(size.0, size.1);
        let content = appearance.form_object(&image, size, at, matrix, self.transparency);
        if let Some(known) = self.forms.get(&content) {
            return Ok(reference(*known));
        }
        let form = self.update.add(content.clone())?;
        self.forms.insert(content, form);
        Ok(reference(form))
    }

    /// Gives an existing field its value, and its widgets the picture.
    pub(super) fn sign_existing(&mut self, existing: &Existing<'a>, signature: ObjectId) -> Result<(), PdfError> {
        let field = &existing.field;
        let value = (b"V".as_slice(), reference(signature).into_bytes());
        let mut merged = false;
        for &id in &existing.widgets {
            let Some(widget) = self.view.object(id)? else { continue };
            let mut changes = self.show_in(&widget)?;
            if id == field.id {
                merged = true;
                changes.push(value.clone());
            }
            if !changes.is_empty() {
                self.change(&widget, &changes)?;
            }
        }
        if merged { Ok(()) } else { self.change(field, &[value]) }
    }

    /// What makes an existing widget show the picture: none of its own keys but `/AP` and `/F` changes.
    fn show_in(&mut self, widget: &IndirectObject<'a>) -> Result<Changes, PdfError> {
        let dictionary = editable(widget, PdfError::FormBroken { what: "a widget is no dictionary" })?;
        let Some(shown) = self.shown else { return Ok(Vec::new()) };
        let rect = rectangle(self.view, dictionary, b"Rect")?.unwrap_or_default();
        let Some(frame) = self.page_of(widget.id, dictionary)?.and_then(Page::frame) else { return Ok(Vec::new()) };
        let (width, height) = frame.upright_size(rect);
        if width <= 0.0 || height <= 0.0 {
            return Ok(Vec::new());
        }
        let (wanted_width, wanted_height) =
            (shown.size_mm.0 * frame.units_per_mm(), shown.size_mm.1 * frame.units_per_mm());
        let scale = (width / wanted_width).min(height / wanted_height).min(1.0);
        let (drawn_width, drawn_height) = (wanted_width * scale, wanted_height * scale);
        let at = [(width - drawn_width) / 2.0, (height - drawn_height) / 2.0, drawn_width, drawn_height];
        let form = self.form(&frame, (width, height), at)?;
        let flags = self.view.get(dictionary, b"F")?.value().and_then(Value::as_integer).unwrap_or_default();
        let flags = (flags | WIDGET_FLAGS) & !HIDING_FLAGS;
        Ok(vec![(b"AP".as_slice(), format!("<< /N {form} >>").into_bytes()), (b"F", flags.to_string().into_bytes())])
    }

    /// The page that shows a widget: by its `/P`, else the one that lists it.
    fn page_of(&self, widget: ObjectId, dictionary: &Dictionary) -> Result<Option<&'p Page>, PdfError> {
        let named = dictionary.get(b"P").and_then(Value::as_reference).and_then(|id| self.pages.by_id(id));
        if named.is_some() {
            return Ok(named);
        }
        for page in self.pages {
            let Some(object) = page.id.map(|id| self.view.object(id)).transpose()?.flatten() else { continue };
            let Some(dictionary) = object.dictionary() else { continue };
            let annotations = self.view.get(dictionary, b"Annots")?;
            let mut listed = annotations.as_array().unwrap_or_default().iter().filter_map(Value::as_reference);
            if listed.any(|id| id == widget) {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    /// Defines an object again with some keys set.
    fn change(&mut self, object: &IndirectObject<'a>, changes: &[(&[u8], Vec<u8>)]) -> Result<(), PdfError> {
        let dictionary = editable(object, PdfError::FormBroken { what: "an object to be changed is no dictionary" })?;
        let content = with_entries(object.source.bytes(), &object.value, dictionary, changes);
        self.redefine(object.id, content)
    }

    /// Defines an object again, once.
    fn redefine(&mut self, id: ObjectId, content: Vec<u8>) -> Result<(), PdfError> {
        if self.update.defines(id) {
            return Err(PdfError::FormBroken { what: "one object is both a list of fields and a list of annotations" });
        }
        self.update.put(id, content);
        Ok(())
    }

    /// Lists the new annotations on their pages.
    pub(super) fn list_annotations(&mut self) -> Result<(), PdfError> {
        for (number, added) in std::mem::take(&mut self.annotations) {
            let id = self.page(number)?;
            let page = self.view.object(id)?.ok_or(PdfError::PagesBroken { what: "a page is no dictionary" })?;
            let dictionary = editable(&page, PdfError::PagesBroken { what: "a page is no dictionary" })?;
            let own = match dictionary.get(b"Annots") {
                None => Some(format!("[{}]", added.join(" ")).into_bytes()),
                Some(value) => match self.view.resolve(value)? {
                    Found::Nothing => Some(format!("[{}]", added.join(" ")).into_bytes()),
                    Found::Direct(array) => {
                        array.as_array().ok_or(PdfError::PagesBroken { what: "/Annots is no array" })?;
                        Some(with_elements(page.source.bytes(), array, &added))
                    }
                    Found::Indirect(object) => {
                        object.value.as_array().ok_or(PdfError::PagesBroken { what: "/Annots is no array" })?;
                        let longer = with_elements(object.source.bytes(), &object.value, &added);
                        if self.is_shared(object.id, id)? {
                            Some(longer)
                        } else {
                            self.redefine(object.id, longer)?;
                            None
                        }
                    }
                },
            };
            if let Some(own) = own {
                self.change(&page, &[(b"Annots", own)])?;
            }
        }
        Ok(())
    }

    /// Whether another page has this array as its `/Annots`: a seal on one page must not show on the other.
    fn is_shared(&self, array: ObjectId, owner: ObjectId) -> Result<bool, PdfError> {
        for page in self.pages {
            let Some(id) = page.id.filter(|id| *id != owner) else { continue };
            let Some(object) = self.view.object(id)? else { continue };
            let Some(value) = object.dictionary().and_then(|dictionary| dictionary.get(b"Annots")) else { continue };
            if self.view.resolve(value)?.indirect().is_some_and(|found| found.id == array) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Enters a new field into the form, marks the form as signed, and names a certification in the catalog.
    pub(super) fn change_form(
        &mut self,
        new_field: Option<ObjectId>,
        certification: Option<ObjectId>,
    ) -> Result<(), PdfError> {
        const NO_FORM: PdfError = PdfError::FormBroken { what: "/AcroForm is no dictionary" };
        let catalog = Arc::clone(self.catalog);
        let dictionary = editable(&catalog, PdfError::CatalogBroken { what: "no dictionary" })?;
        let mut in_catalog: Vec<(&[u8], Vec<u8>)> = Vec::new();
        match self.view.get(dictionary, b"AcroForm")? {
            Found::Indirect(form) if !form.value.is_null() => {
                let changes = self.form_changes(&form, editable(&form, NO_FORM)?, new_field)?;
                if !changes.is_empty() {
                    self.change(&form, &changes)?;
                }
            }
            Found::Direct(form) if !form.is_null() => {
                let entries = form.as_dictionary().ok_or(NO_FORM)?;
                if entries.has_duplicates() {
                    return Err(duplicate_key(catalog.id));
                }
                let changes = self.form_changes(&catalog, entries, new_field)?;
                if !changes.is_empty() {
                    let changed = with_entries(catalog.source.bytes(), form, entries, &changes);
                    in_catalog.push((b"AcroForm", changed));
                }
            }
            _ => {
                let fields = new_field.map(reference).unwrap_or_default();
                let form = self.update.add(format!("<< /Fields [{fields}] /SigFlags 3 >>").into_bytes())?;
                in_catalog.push((b"AcroForm", reference(form).into_bytes()));
            }
        }
        if let Some(certification) = certification {
            let entry = (b"DocMDP".as_slice(), reference(certification).into_bytes());
            match self.view.get(dictionary, b"Perms")? {
                Found::Indirect(permissions) if !permissions.value.is_null() => self.change(&permissions, &[entry])?,
                Found::Direct(value) if value.as_dictionary().is_some() => {
                    let permissions = value.as_dictionary().ok_or(NO_FORM)?;
                    let changed = with_entries(catalog.source.bytes(), value, permissions, &[entry]);
                    in_catalog.push((b"Perms", changed));
                }
                _ => in_catalog.push((b"Perms", [b"<< /DocMDP ", entry.1.as_slice(), b" >>"].concat())),
            }
        }
        if in_catalog.is_empty() { Ok(()) } else { self.change(&catalog, &in_catalog) }
    }

    /// What changes in the form, whose dictionary stands in `holder`.
    fn form_changes(
        &mut self,
        holder: &IndirectObject<'a>,
        form: &Dictionary,
        new_field: Option<ObjectId>,
    ) -> Result<Changes, PdfError> {
        const NO_FIELDS: PdfError = PdfError::FormBroken { what: "/Fields is no array" };
        let mut changes: Changes = Vec::new();
        if let Some(field) = new_field {
            let field = [reference(field)];
            match self.view.get(form, b"Fields")? {
                Found::Nothing => changes.push((b"Fields", format!("[{}]", field[0]).into_bytes())),
                Found::Direct(array) => {
                    array.as_array().ok_or(NO_FIELDS)?;
                    changes.push((b"Fields", with_elements(holder.source.bytes(), array, &field)));
                }
                Found::Indirect(array) => {
                    array.value.as_array().ok_or(NO_FIELDS)?;
                    self.redefine(array.id, with_elements(array.source.bytes(), &array.value, &field))?;
                }
            }
        }
        // Signatures exist, and the file is to be appended to only (ISO 32000-1, table 219).
        let flags = self.view.get(form, b"SigFlags")?.value().and_then(Value::as_integer).unwrap_or_default();
        if flags & 3 != 3 {
            changes.push((b"SigFlags", (flags | 3).to_string().into_bytes()));
        }
        // A reader asked to make appearances anew may paint over the seal (poppler does). What is covered by the
        // signature is what is to be seen, so the request is withdrawn; fields without an appearance get one anyway.
        if self.view.get(form, b"NeedAppearances")?.value().and_then(Value::as_boolean) == Some(true) {
            changes.push((b"NeedAppearances", b"false".to_vec()));
        }
        Ok(changes)
    }
}

fn annotation(entries: &str, page: ObjectId, rect: [f64; 4], shown: &str, flags: i64) -> Vec<u8> {
    let (page, rect) = (reference(page), number_array(&rect));
    format!("<< /Type /Annot {entries} /Rect {rect} /P {page} /F {flags} {shown} >>").into_bytes()
}

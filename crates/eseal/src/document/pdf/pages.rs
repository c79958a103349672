//! The pages (ISO 32000-1, 7.7.3): order, boxes, rotation, unit.

use std::collections::HashSet;
use std::sync::Arc;

use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::geometry::PageFrame;
use super::object::{Dictionary, IndirectObject, ObjectId, Value};
use super::resolver::View;

/// One page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// Its place, counted from 1.
    pub number: usize,
    /// Its object; `None` if it is written inside its parent's `/Kids`.
    pub id: Option<ObjectId>,
    /// The nodes above it, from the root of the page tree down.
    pub parents: Arc<[ObjectId]>,
    /// `/MediaBox`, its own or inherited, as written.
    pub media_box: Option<[f64; 4]>,
    /// `/CropBox`, its own or inherited, as written.
    pub crop_box: Option<[f64; 4]>,
    /// `/Rotate`, its own or inherited, in degrees clockwise.
    pub rotate: i64,
    /// `/UserUnit`: points that one unit takes.
    pub user_unit: f64,
}

impl Page {
    /// How the page is seen; `None` without a media box of some area.
    #[must_use]
    pub fn frame(&self) -> Option<PageFrame> {
        PageFrame::new(self.media_box?, self.crop_box, self.rotate, self.user_unit)
    }

    /// Where a rectangle of user space is seen: `[x, y, width, height]` in millimetres from the top-left corner.
    #[must_use]
    pub fn seen_rect_mm(&self, user_rect: [f64; 4]) -> Option<[f64; 4]> {
        Some(self.frame()?.seen_rect_mm(user_rect))
    }
}

/// All pages in order.
#[derive(Clone, Debug)]
pub struct Pages {
    pages: Vec<Page>,
    /// Sorted by object.
    by_id: Vec<(ObjectId, usize)>,
    /// The nodes of the tree that are no pages.
    pub(crate) nodes: HashSet<ObjectId>,
    faults: Vec<Fault>,
}

impl Pages {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pages.len()
    }

    /// A page by its number, counted from 1.
    #[must_use]
    pub fn page(&self, number: usize) -> Option<&Page> {
        self.pages.get(number.checked_sub(1)?)
    }

    /// The page that an object is.
    #[must_use]
    pub fn by_id(&self, id: ObjectId) -> Option<&Page> {
        let at = self.by_id.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        self.pages.get(self.by_id[at].1)
    }

    /// The pages in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Page> {
        self.pages.iter()
    }

    /// What a strict reader objects to.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl<'p> IntoIterator for &'p Pages {
    type Item = &'p Page;
    type IntoIter = std::slice::Iter<'p, Page>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a node hands down.
#[derive(Clone, Copy)]
struct Inherited {
    media_box: Option<[f64; 4]>,
    crop_box: Option<[f64; 4]>,
    rotate: i64,
}

const fn broken(what: &'static str) -> PdfError {
    PdfError::PagesBroken { what }
}

/// A node whose kids are being read.
struct Open<'a> {
    object: Arc<IndirectObject<'a>>,
    kids: Kids<'a>,
    next: usize,
    inherited: Inherited,
    parents: Arc<[ObjectId]>,
}

/// `/Kids`, in the node or as an object of its own.
enum Kids<'a> {
    Own,
    Apart(Arc<IndirectObject<'a>>),
}

impl Open<'_> {
    fn kids(&self) -> &[Value] {
        let value = match &self.kids {
            Kids::Own => self.object.dictionary().and_then(|dictionary| dictionary.get(b"Kids")),
            Kids::Apart(object) => Some(&object.value),
        };
        value.and_then(Value::as_array).unwrap_or_default()
    }
}

/// Walks the page tree.
pub(crate) fn read_pages(view: View<'_, '_>) -> Result<Pages, PdfError> {
    let mut walk = Walk {
        view,
        result: Pages { pages: Vec::new(), by_id: Vec::new(), nodes: HashSet::new(), faults: Vec::new() },
        seen: HashSet::new(),
        stack: Vec::new(),
    };
    let catalog = view.catalog()?;
    let root = catalog.dictionary().and_then(|catalog| catalog.get(b"Pages"));
    let root = root.and_then(Value::as_reference).ok_or(broken("/Pages is no reference"))?;
    let nothing = Inherited { media_box: None, crop_box: None, rotate: 0 };
    walk.enter(root, nothing, Arc::from([]))?;
    while let Some(open) = walk.stack.last_mut() {
        let at = open.next;
        open.next += 1;
        let Some(kid) = open.kids().get(at) else {
            walk.stack.pop();
            continue;
        };
        let (inherited, parents) = (open.inherited, Arc::clone(&open.parents));
        match kid.as_reference() {
            Some(id) => walk.enter(id, inherited, parents)?,
            None => {
                let Some(dictionary) = kid.as_dictionary().filter(|kid| kid.get(b"Kids").is_none()) else {
                    return Err(broken("a kid is no page and no reference"));
                };
                let page = page(view, dictionary, None, inherited, parents)?;
                let holder = open.object.id;
                walk.result.faults.push(Fault::of(FaultKind::DirectPage, holder));
                walk.add(page, holder)?;
            }
        }
    }
    walk.finish(root)
}

struct Walk<'p, 'a> {
    view: View<'p, 'a>,
    result: Pages,
    seen: HashSet<ObjectId>,
    stack: Vec<Open<'a>>,
}

impl Walk<'_, '_> {
    fn enter(&mut self, id: ObjectId, inherited: Inherited, parents: Arc<[ObjectId]>) -> Result<(), PdfError> {
        let limits = &self.view.pdf.limits;
        if !self.seen.insert(id) {
            return Err(broken("a page or node is reached twice"));
        }
        let object = self.view.object(id)?.ok_or(broken("a kid refers to nothing"))?;
        let dictionary = object.dictionary().ok_or(broken("a kid is no dictionary"))?;
        if dictionary.has_duplicates() {
            self.result.faults.push(Fault::of(FaultKind::DuplicateKey, id));
        }
        let Some(kids) = dictionary.get(b"Kids") else {
            if dictionary.get(b"Type").is_some_and(|kind| kind.as_name() != Some(b"Page")) {
                return Err(broken("a kid is neither a page nor a node with /Kids"));
            }
            let page = page(self.view, dictionary, Some(id), inherited, parents)?;
            return self.add(page, id);
        };
        if dictionary.is_name(b"Type", b"Page") {
            return Err(broken("a page has /Kids"));
        }
        if self.stack.len() == limits.page_depth {
            return Err(PdfError::OverLimit { what: "depth of the page tree", limit: limits.page_depth });
        }
        let kids = match kids.as_reference() {
            None if kids.as_array().is_some() => Kids::Own,
            Some(_) => {
                let found = self.view.resolve(kids)?;
                let apart = found.indirect().filter(|apart| apart.value.as_array().is_some());
                Kids::Apart(Arc::clone(apart.ok_or(broken("/Kids is no array"))?))
            }
            None => return Err(broken("/Kids is no array")),
        };
        let inherited = inherit(self.view, dictionary, inherited)?;
        let parents: Arc<[ObjectId]> = parents.iter().copied().chain([id]).collect();
        self.result.nodes.insert(id);
        self.stack.push(Open { object, kids, next: 0, inherited, parents });
        Ok(())
    }

    fn add(&mut self, mut page: Page, holder: ObjectId) -> Result<(), PdfError> {
        let limit = self.view.pdf.limits.pages;
        if self.result.pages.len() == limit {
            return Err(PdfError::OverLimit { what: "pages", limit });
        }
        page.number = self.result.pages.len() + 1;
        if page.frame().is_none() {
            self.result.faults.push(Fault::of(FaultKind::NoMediaBox, holder));
        }
        if page.rotate % 90 != 0 {
            self.result.faults.push(Fault::of(FaultKind::OddRotation, holder));
        }
        self.result.pages.push(page);
        Ok(())
    }

    fn finish(mut self, root: ObjectId) -> Result<Pages, PdfError> {
        let object = self.view.object(root)?;
        let count = object.as_ref().and_then(|root| root.dictionary()).map(|root| self.view.get(root, b"Count"));
        let count = count.transpose()?.and_then(|count| count.value().and_then(Value::as_integer));
        if count.and_then(|count| usize::try_from(count).ok()) != Some(self.result.pages.len()) {
            self.result.faults.push(Fault::of(FaultKind::WrongCount, root));
        }
        if self.result.pages.is_empty() {
            return Err(broken("there is no page"));
        }
        let ids = self.result.pages.iter().enumerate().filter_map(|(at, page)| Some((page.id?, at)));
        self.result.by_id = ids.collect();
        self.result.by_id.sort_unstable();
        Ok(self.result)
    }
}

fn page(
    view: View<'_, '_>,
    dictionary: &Dictionary,
    id: Option<ObjectId>,
    inherited: Inherited,
    parents: Arc<[ObjectId]>,
) -> Result<Page, PdfError> {
    let Inherited { media_box, crop_box, rotate } = inherit(view, dictionary, inherited)?;
    let user_unit = view.get(dictionary, b"UserUnit")?.value().and_then(Value::as_number).unwrap_or(1.0);
    Ok(Page { number: 0, id, parents, media_box, crop_box, rotate, user_unit })
}

fn inherit(view: View<'_, '_>, dictionary: &Dictionary, from_above: Inherited) -> Result<Inherited, PdfError> {
    Ok(Inherited {
        media_box: rectangle(view, dictionary, b"MediaBox")?.or(from_above.media_box),
        crop_box: rectangle(view, dictionary, b"CropBox")?.or(from_above.crop_box),
        rotate: match view.get(dictionary, b"Rotate")?.value() {
            Some(value) => value.as_number().map_or(from_above.rotate, |degrees| degrees as i64),
            None => from_above.rotate,
        },
    })
}

/// A rectangle as written; `None` if the key is missing or holds something else.
pub(crate) fn rectangle(view: View<'_, '_>, dictionary: &Dictionary, key: &[u8]) -> Result<Option<[f64; 4]>, PdfError> {
    let found = view.get(dictionary, key)?;
    let Some([a, b, c, d]) = found.as_array() else { return Ok(None) };
    let mut corners = [0.0; 4];
    for (corner, value) in corners.iter_mut().zip([a, b, c, d]) {
        match view.resolve(value)?.value().and_then(Value::as_number) {
            Some(number) => *corner = number,
            None => return Ok(None),
        }
    }
    Ok(Some(corners))
}

//! Looking objects up as of a revision, and the object streams behind some of them.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::error::PdfError;
use super::filter::{self, Filter, Predictor};
use super::indirect::read_object;
use super::limits::Limits;
use super::object::{Dictionary, IndirectObject, Object, ObjectId, Source, Stream, Value};
use super::reader::Pdf;
use super::syntax::Parser;
use super::xref::Entry;

/// The file as it was after one of its revisions.
#[derive(Clone, Copy, Debug)]
pub struct View<'p, 'a> {
    pub(crate) pdf: &'p Pdf<'a>,
    pub(crate) revision: usize,
}

/// What a value is after references were followed.
#[derive(Clone, Debug)]
pub enum Found<'v, 'a> {
    /// It stands where it was asked for.
    Direct(&'v Value),
    /// It is an object of its own.
    Indirect(Arc<IndirectObject<'a>>),
    /// It refers to nothing, which means `null`.
    Nothing,
}

impl<'a> Found<'_, 'a> {
    /// The value; `None` for nothing and for `null`.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Direct(value) => Some(*value),
            Self::Indirect(object) => Some(&object.value),
            Self::Nothing => None,
        }
        .filter(|value| !value.is_null())
    }

    /// The dictionary, also that of a stream.
    #[must_use]
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        self.value()?.as_dictionary()
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        self.value()?.as_array()
    }

    /// The object of its own that it is.
    #[must_use]
    pub const fn indirect(&self) -> Option<&Arc<IndirectObject<'a>>> {
        match self {
            Self::Indirect(object) => Some(object),
            _ => None,
        }
    }
}

/// A decoded object stream (ISO 32000-1, 7.5.7).
#[derive(Debug)]
pub(crate) struct ObjectStream {
    data: Arc<[u8]>,
    /// Number and place of each member.
    members: Vec<(u32, usize)>,
}

impl<'p, 'a> View<'p, 'a> {
    /// Which revision is looked at.
    #[must_use]
    pub const fn revision(&self) -> usize {
        self.revision
    }

    /// The object of this name, `None` if it is not defined or free (which means `null`).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn object(&self, id: ObjectId) -> Result<Option<Arc<IndirectObject<'a>>>, PdfError> {
        let Some(index) = self.pdf.place_of(id.number, self.revision) else { return Ok(None) };
        let generation = match self.pdf.history[index].entry {
            Entry::Free => return Ok(None),
            Entry::Plain { generation, .. } => generation,
            Entry::Compressed { .. } => 0,
        };
        if generation != id.generation {
            return Ok(None);
        }
        self.pdf.load(index).map(Some)
    }

    /// Follows references until something else comes, at most [`Limits::hops`] times.
    ///
    /// # Errors
    /// When an object cannot be read, or [`PdfError::ReferenceLoop`].
    pub fn resolve<'v>(&self, value: &'v Value) -> Result<Found<'v, 'a>, PdfError> {
        let Some(first) = value.as_reference() else { return Ok(Found::Direct(value)) };
        let mut id = first;
        for _ in 0..self.pdf.limits.hops {
            let Some(object) = self.object(id)? else { return Ok(Found::Nothing) };
            match object.value.as_reference() {
                Some(next) => id = next,
                None => return Ok(Found::Indirect(object)),
            }
        }
        Err(PdfError::ReferenceLoop { id: first })
    }

    /// The value of a key after references were followed.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn get<'v>(&self, dictionary: &'v Dictionary, key: &[u8]) -> Result<Found<'v, 'a>, PdfError> {
        dictionary.get(key).map_or(Ok(Found::Nothing), |value| self.resolve(value))
    }

    /// The trailer dictionary of the revision.
    #[must_use]
    pub fn trailer(&self) -> &'p Dictionary {
        // The last section of a revision is the one its `startxref` names.
        &self.pdf.sections[self.pdf.revisions()[self.revision].sections.end - 1].trailer
    }

    /// The document catalog (ISO 32000-1, 7.7.2).
    ///
    /// # Errors
    /// [`PdfError::CatalogBroken`] when `/Root` does not refer to a dictionary with `/Pages`.
    pub fn catalog(&self) -> Result<Arc<IndirectObject<'a>>, PdfError> {
        const fn broken(what: &'static str) -> PdfError {
            PdfError::CatalogBroken { what }
        }
        let root = self.trailer().get(b"Root").ok_or(broken("the trailer has no /Root"))?;
        let id = root.as_reference().ok_or(broken("/Root is no reference"))?;
        let object = self.object(id)?.ok_or(broken("/Root refers to nothing"))?;
        let Object::Dictionary(dictionary) = &object.value.object else {
            return Err(broken("/Root is no dictionary"));
        };
        if dictionary.get(b"Type").is_some_and(|kind| kind.as_name() != Some(b"Catalog")) {
            return Err(broken("/Root is not of type /Catalog"));
        }
        if dictionary.get(b"Pages").is_none() {
            return Err(broken("no /Pages"));
        }
        Ok(object)
    }

    /// The decoded content of a stream.
    ///
    /// # Errors
    /// When a filter is not supported, the data is damaged, or it grows over a limit.
    pub fn decode(&self, object: &IndirectObject<'_>) -> Result<Vec<u8>, PdfError> {
        let (Some(stream), Some(data)) = (object.value.as_stream(), object.stream_data()) else {
            return Err(PdfError::StreamBroken { what: "not a stream" });
        };
        self.pdf.readable()?;
        let filters = self.filters(stream)?;
        let limits = &self.pdf.limits;
        let decoded = filter::decode(data, &filters, limits, limits.decoded_bound(data.len()))?;
        self.pdf.spend_decoded(decoded.len())?;
        Ok(decoded)
    }

    /// The filters of a stream, references followed.
    pub(crate) fn filters(&self, stream: &Stream) -> Result<Vec<Filter>, PdfError> {
        const BROKEN: PdfError = PdfError::StreamBroken { what: "unusable filters" };
        let found = self.get(&stream.dictionary, b"Filter")?;
        let names = found.value().map_or(&[][..], |value| value.as_array().unwrap_or(std::slice::from_ref(value)));
        if names.len() > self.pdf.limits.filters {
            return Err(PdfError::OverLimit { what: "filters on one stream", limit: self.pdf.limits.filters });
        }
        let parameters = self.get(&stream.dictionary, b"DecodeParms")?;
        let mut filters = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let name = self.resolve(name)?.value().and_then(Value::as_name).ok_or(BROKEN)?.to_vec();
            let one = match parameters.value() {
                Some(value) => match value.as_array() {
                    Some(many) => many.get(at),
                    None => Some(value).filter(|_| at == 0),
                },
                None => None,
            };
            let predictor = match one {
                Some(one) => self.predictor(self.resolve(one)?.as_dictionary())?,
                None => Predictor::default(),
            };
            filters.push(Filter { name, predictor });
        }
        Ok(filters)
    }

    fn predictor(&self, dictionary: Option<&Dictionary>) -> Result<Predictor, PdfError> {
        let Some(dictionary) = dictionary else { return Ok(Predictor::default()) };
        let number = |key: &[u8], default: i64| -> Result<i64, PdfError> {
            Ok(self.get(dictionary, key)?.value().and_then(Value::as_integer).unwrap_or(default))
        };
        Ok(Predictor {
            predictor: number(b"Predictor", 1)?,
            colors: number(b"Colors", 1)?,
            bits: number(b"BitsPerComponent", 8)?,
            columns: number(b"Columns", 1)?,
        })
    }
}

impl<'a> Pdf<'a> {
    /// The index in the history of what holds for a number as of a revision.
    pub(crate) fn place_of(&self, number: u32, revision: usize) -> Option<usize> {
        let after = self.history.partition_point(|one| (one.number, one.revision as usize) <= (number, revision));
        let index = after.checked_sub(1)?;
        (self.history[index].number == number).then_some(index)
    }

    /// Reads the object of a history entry that is in use.
    pub(crate) fn load(&self, index: usize) -> Result<Arc<IndirectObject<'a>>, PdfError> {
        if let Some(object) = self.cache[index].get() {
            return Ok(Arc::clone(object));
        }
        let Some((object, values)) = self.read(index)? else {
            return Err(PdfError::XrefBroken { offset: 0, what: "a free object was asked for" });
        };
        self.spend_values(values)?;
        Ok(Arc::clone(self.cache[index].get_or_init(|| Arc::new(object))))
    }

    /// Reads the object of a history entry, and tells how many values it has.
    fn read(&self, index: usize) -> Result<Option<(IndirectObject<'a>, usize)>, PdfError> {
        let placed = self.history[index];
        let revision = placed.revision as usize;
        match placed.entry {
            Entry::Free => Ok(None),
            Entry::Plain { offset, .. } => self.read_plain(offset, revision, true).map(Some),
            Entry::Compressed { container, index: member } => {
                let stream = self.object_stream(container, revision)?;
                self.read_member(&stream, container, member, placed.number).map(Some)
            }
        }
    }

    /// Reads a plain object. A length that is itself in an object stream is followed only for ordinary streams: for
    /// object streams it could lead in a circle.
    fn read_plain(
        &self,
        offset: usize,
        revision: usize,
        any_length: bool,
    ) -> Result<(IndirectObject<'a>, usize), PdfError> {
        let length_of = |id: ObjectId| self.length_of(id, revision, any_length);
        let read = read_object(self.bytes, offset, &self.limits, &length_of)?;
        // Objects may be made to overlap, so that each leads through the same bytes.
        let data = read.object.stream_data().map_or(0, <[u8]>::len);
        self.spend_parsed(read.object.span.len() - data)?;
        Ok((read.object, read.values))
    }

    /// Looks at the object of a history entry that is in use without keeping it.
    pub(crate) fn read_once(&self, index: usize, look: impl FnOnce(&IndirectObject<'a>)) -> Result<(), PdfError> {
        if let Some(object) = self.cache[index].get() {
            look(object);
            return Ok(());
        }
        let read = match (self.read(index), self.history[index].entry) {
            // Where a stream ends does not matter to who looks at its dictionary.
            (Err(PdfError::StreamLength { .. }), Entry::Plain { offset, .. }) => Some(self.read_head(offset)?),
            (read, _) => read?.map(|(object, _)| object),
        };
        if let Some(object) = read {
            look(&object);
        }
        Ok(())
    }

    /// Reads a plain object up to the end of its value or stream dictionary.
    fn read_head(&self, offset: usize) -> Result<IndirectObject<'a>, PdfError> {
        let mut parser = Parser::new(self.bytes, offset, &self.limits);
        let id = parser.take_object_header()?;
        let value = parser.value()?;
        let span = offset..parser.position();
        self.spend_parsed(span.len())?;
        Ok(IndirectObject { id, value, source: Source::File(self.bytes), span })
    }

    fn length_of(&self, id: ObjectId, revision: usize, any_length: bool) -> Result<Option<i64>, PdfError> {
        let Some(index) = self.place_of(id.number, revision) else { return Ok(None) };
        match self.history[index].entry {
            Entry::Plain { offset, generation } if generation == id.generation => {
                let mut parser = Parser::new(self.bytes, offset, &self.limits);
                parser.take_object_header()?;
                parser.skip_white();
                Ok(parser.take_unsigned().and_then(|length| i64::try_from(length).ok()))
            }
            Entry::Compressed { .. } if any_length && id.generation == 0 => Ok(self.load(index)?.value.as_integer()),
            _ => Ok(None),
        }
    }

    /// The object stream of a number as of a revision, decoded once.
    fn object_stream(&self, container: u32, revision: usize) -> Result<Arc<ObjectStream>, PdfError> {
        let broken = |what| PdfError::ObjectStreamBroken { number: container, what };
        self.readable()?;
        let index = self.place_of(container, revision).ok_or(broken("it is not defined"))?;
        let known = self.object_streams.lock().unwrap_or_else(PoisonError::into_inner).get(&index).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let Entry::Plain { offset, .. } = self.history[index].entry else {
            return Err(broken("it is itself in an object stream, or free"));
        };
        let (object, _) = self.read_plain(offset, self.history[index].revision as usize, false)?;
        let (Some(stream), Some(data)) = (object.value.as_stream(), object.stream_data()) else {
            return Err(broken("it is no stream"));
        };
        let dictionary = &stream.dictionary;
        if !dictionary.is_name(b"Type", b"ObjStm") || dictionary.has_duplicates() {
            return Err(broken("it is not of type /ObjStm"));
        }
        let filters = super::xref::direct_filters(dictionary).ok_or(broken("unusable filters"))?;
        let data = filter::decode(data, &filters, &self.limits, self.limits.decoded_bound(data.len()))?;
        self.spend_decoded(data.len())?;
        let number = |key: &[u8]| {
            let value = dictionary.get(key).and_then(Value::as_integer).and_then(|value| usize::try_from(value).ok());
            value.ok_or(broken("/N or /First is no count"))
        };
        let (count, first) = (number(b"N")?, number(b"First")?);
        // A member takes two numbers and their white space.
        if count > data.len() / 4 + 1 || first > data.len() {
            return Err(broken("/N or /First is larger than its content"));
        }
        let mut parser = Parser::new(&data[..first], 0, &self.limits);
        let mut members = Vec::with_capacity(count);
        for _ in 0..count {
            parser.skip_space();
            let member = parser.take_unsigned().and_then(|number| u32::try_from(number).ok());
            parser.skip_space();
            let place = parser.take_unsigned().and_then(|at| usize::try_from(at).ok()?.checked_add(first));
            match (member, place.filter(|&at| at <= data.len())) {
                (Some(member), Some(at)) => members.push((member, at)),
                _ => return Err(broken("its list of members is broken")),
            }
        }
        let stream = Arc::new(ObjectStream { data: data.into(), members });
        self.object_streams.lock().unwrap_or_else(PoisonError::into_inner).insert(index, Arc::clone(&stream));
        Ok(stream)
    }

    fn read_member(
        &self,
        stream: &ObjectStream,
        container: u32,
        member: u32,
        number: u32,
    ) -> Result<(IndirectObject<'a>, usize), PdfError> {
        let broken = |what| PdfError::ObjectStreamBroken { number: container, what };
        let at = match stream.members.get(member as usize) {
            Some(&(found, at)) if found == number => at,
            _ => return Err(broken("a member is not where the cross-reference says")),
        };
        let mut parser = Parser::new(&stream.data, at, &self.limits);
        let value = parser.value()?;
        let span = value.span.clone();
        self.spend_parsed(span.end - at)?;
        let source = Source::ObjectStream { container, data: Arc::clone(&stream.data) };
        Ok((IndirectObject { id: ObjectId::new(number), value, source, span }, parser.values_read()))
    }

    fn spend_values(&self, values: usize) -> Result<(), PdfError> {
        let limit = self.limits.values;
        if self.values_spent.fetch_add(values, Ordering::Relaxed).saturating_add(values) > limit {
            return Err(PdfError::OverLimit { what: "values in memory", limit });
        }
        Ok(())
    }

    /// Counts bytes read as objects: overlapping objects would be read again and again.
    fn spend_parsed(&self, bytes: usize) -> Result<(), PdfError> {
        let there = self.bytes.len().saturating_add(self.decoded_spent.load(Ordering::Relaxed));
        let limit = Limits::parsed_bound(there);
        if self.parsed_spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > limit {
            return Err(PdfError::OverLimit { what: "bytes read as objects", limit });
        }
        Ok(())
    }

    /// Counts objects compared between revisions.
    pub(crate) fn spend_comparisons(&self, objects: usize) -> Result<(), PdfError> {
        let limit = self.limits.comparisons;
        if self.compared_spent.fetch_add(objects, Ordering::Relaxed).saturating_add(objects) > limit {
            return Err(PdfError::OverLimit { what: "objects compared between revisions", limit });
        }
        Ok(())
    }

    pub(crate) fn spend_decoded(&self, bytes: usize) -> Result<(), PdfError> {
        let limit = self.limits.decoded_total;
        if self.decoded_spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > limit {
            return Err(PdfError::OverLimit { what: "decoded bytes of all streams", limit });
        }
        Ok(())
    }

    /// The numbers of the object streams that hold objects in use as of a revision.
    pub(crate) fn containers(&self, revision: usize) -> HashSet<u32> {
        let numbers = self.history.chunk_by(|a, b| a.number == b.number);
        numbers
            .filter_map(|placed| match placed.iter().rev().find(|one| one.revision as usize <= revision)?.entry {
                Entry::Compressed { container, .. } => Some(container),
                _ => None,
            })
            .collect()
    }
}

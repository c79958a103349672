//! Reading an indirect object at its offset, with the exact extent of a stream (ISO 32000-1, 7.3.8 and 7.3.10).

use super::error::PdfError;
use super::limits::Limits;
use super::object::{IndirectObject, Object, ObjectId, Source, Stream, Value};
use super::syntax::Parser;

/// Finds the integer that a `/Length` refers to.
pub(crate) type LengthOf<'f> = &'f dyn Fn(ObjectId) -> Result<Option<i64>, PdfError>;

/// An object read from the file, and how many values it took.
pub(crate) struct Read<'a> {
    pub(crate) object: IndirectObject<'a>,
    pub(crate) values: usize,
}

/// Reads the object whose number stands at `offset`.
pub(crate) fn read_object<'a>(
    bytes: &'a [u8],
    offset: usize,
    limits: &Limits,
    length_of: LengthOf<'_>,
) -> Result<Read<'a>, PdfError> {
    let mut parser = Parser::new(bytes, offset, limits);
    let id = parser.take_object_header()?;
    parser.skip_space();
    // `n g obj endobj` is what some writers make of null.
    let mut value = if parser.take_word(b"endobj") {
        let at = parser.position() - b"endobj".len();
        parser.seek(at);
        Value { object: Object::Null, span: at..at }
    } else {
        parser.value()?
    };
    parser.skip_space();
    let start = value.span.start;
    if parser.take_word(b"stream") {
        let Object::Dictionary(dictionary) = value.object else {
            return Err(parser.error("a stream without a dictionary"));
        };
        let length = match dictionary.get(b"Length").map(|length| &length.object) {
            Some(Object::Integer(length)) => Some(*length),
            Some(Object::Reference(id)) => length_of(*id)?,
            _ => None,
        };
        let broken = || PdfError::StreamLength { offset };
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or_else(broken)?;
        let from = data_start(bytes, parser.position()).ok_or_else(broken)?;
        let to = from.checked_add(length).filter(|&to| to <= bytes.len()).ok_or_else(broken)?;
        parser.seek(data_end(bytes, to));
        if !parser.take_word(b"endstream") {
            return Err(broken());
        }
        value = Value {
            object: Object::Stream(Box::new(Stream { dictionary, data: from..to })),
            span: start..parser.position(),
        };
        parser.skip_space();
    }
    if !parser.take_word(b"endobj") {
        return Err(parser.error("endobj is expected"));
    }
    let span = offset..parser.position();
    Ok(Read { object: IndirectObject { id, value, source: Source::File(bytes), span }, values: parser.values_read() })
}

/// Where stream data begins: after the line end that follows `stream`.
fn data_start(bytes: &[u8], after_word: usize) -> Option<usize> {
    match bytes.get(after_word..)? {
        [b'\r', b'\n', ..] => Some(after_word + 2),
        [b'\n' | b'\r', ..] => Some(after_word + 1),
        _ => None,
    }
}

/// Where `endstream` must stand: after the data and at most one line end.
fn data_end(bytes: &[u8], to: usize) -> usize {
    match bytes.get(to..) {
        Some([b'\r', b'\n', ..]) => to + 2,
        Some([b'\n' | b'\r', ..]) => to + 1,
        _ => to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<IndirectObject<'_>, PdfError> {
        let length_of = |id: ObjectId| Ok((id.number == 9).then_some(3));
        read_object(bytes, 0, &Limits::default(), &length_of).map(|read| read.object)
    }

    #[test]
    fn an_object_knows_its_extent() {
        let object = read(b"3 0 obj\n<</A 1>>\nendobj\nrest").unwrap();
        assert_eq!(object.id, ObjectId::new(3));
        assert_eq!(object.span, 0..23);
        assert_eq!(object.raw(&object.value), b"<</A 1>>");
        assert!(read(b"3 0 obj endobj").unwrap().value.is_null());
    }

    #[test]
    fn a_stream_ends_where_its_length_says() {
        for bytes in [
            b"3 0 obj <</Length 3>>stream\nabcendstream endobj".as_slice(),
            b"3 0 obj <</Length 3>>stream\r\nabc\r\nendstream endobj",
            b"3 0 obj <</Length 9 0 R>> stream\nabc\nendstream\nendobj",
        ] {
            assert_eq!(read(bytes).unwrap().stream_data(), Some(b"abc".as_slice()));
        }
    }

    #[test]
    fn a_stream_whose_length_does_not_lead_to_its_end_is_refused() {
        for bytes in [
            b"3 0 obj <</Length 2>>stream\nabc\nendstream endobj".as_slice(),
            b"3 0 obj <</Length 6>>stream\nabc\nendstream endobj",
            b"3 0 obj <</Length -1>>stream\nabc\nendstream endobj",
            b"3 0 obj <</Length 9223372036854775807>>stream\nabc\nendstream endobj",
            b"3 0 obj <</Length 8 0 R>>stream\nabc\nendstream endobj",
            b"3 0 obj <<>>stream\nabc\nendstream endobj",
            b"3 0 obj <</Length 3>>stream abc\nendstream endobj",
        ] {
            assert_eq!(read(bytes).unwrap_err().code(), "pdf-stream-length", "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bytes in [
            b"3 0 ob <<>> endobj".as_slice(),
            b"x 3 0 obj 1 endobj",
            b"3 0 obj 1",
            b"3 0 obj 1 2 endobj",
            b"3 70000 obj 1 endobj",
        ] {
            assert!(read(bytes).is_err());
        }
    }
}

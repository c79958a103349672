//! Where a stamp shows: pages, and a point on each of them as seen.

use std::str::FromStr;

use super::StampError;
use crate::document::pdf::geometry::{POINTS_PER_MM, PageFrame};

/// Where a stamp shows (盖章位置).
///
/// Written `PAGE:X,Y`: the seal's centre, from the top-left corner of the page as seen, in millimetres unless a unit
/// follows. PAGE is `1`, `-1` (the last), `1-3,5`, `odd`, `even` or `all`; X may be `right-20mm` or `center`, Y
/// `bottom-30mm` or `center`.
///
/// ```
/// # use eseal::stamp::Place;
/// let place: Place = "-1:right-40mm,bottom-40mm".parse()?;
/// let same_stamp_twice = place.and(Place::page(1).centred_mm(150.0, 40.0))?;
/// # Ok::<(), eseal::stamp::StampError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Place(pub(super) Kind);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Points(Vec<Point>),
    Field(String),
    Invisible,
}

/// One `PAGE:X,Y`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pages: Vec<PageItem>,
    x: Position,
    y: Position,
}

/// Pages counted from 1, or from the end with -1 as the last.
#[derive(Clone, Copy, Debug, PartialEq)]
enum PageItem {
    One(i64),
    Range(i64, i64),
    Odd,
    Even,
    All,
}

/// A coordinate of the seal's centre, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Position {
    /// From the left or upper edge.
    FromStart(f64),
    /// From the right or lower edge.
    FromEnd(f64),
    Middle,
}

impl Position {
    fn on(self, side_mm: f64) -> f64 {
        match self {
            Self::FromStart(distance) => distance,
            Self::FromEnd(distance) => side_mm - distance,
            Self::Middle => side_mm / 2.0,
        }
    }

    /// `end` is the word for the far edge on this axis.
    fn parse(text: &str, end: &str) -> Result<Self, &'static str> {
        if text == "center" || text == "centre" {
            return Ok(Self::Middle);
        }
        match text.strip_prefix(end) {
            Some(rest) => {
                let distance = rest.strip_prefix('-').ok_or("after right or bottom comes a minus and a distance")?;
                Ok(Self::FromEnd(length_mm(distance)?))
            }
            None => Ok(Self::FromStart(length_mm(text)?)),
        }
    }
}

impl Place {
    /// The most places one stamp may name, before pages are counted (our limit: a document has few places for a seal).
    pub const MAX_POINTS: usize = 1_000;

    /// The middle of a page: `page` counts from 1; -1 is the last, -2 the one before.
    #[must_use]
    pub fn page(page: i64) -> Self {
        Self(Kind::Points(vec![Point { pages: vec![PageItem::One(page)], x: Position::Middle, y: Position::Middle }]))
    }

    /// The middle of every page.
    #[must_use]
    pub fn every_page() -> Self {
        Self(Kind::Points(vec![Point { pages: vec![PageItem::All], x: Position::Middle, y: Position::Middle }]))
    }

    /// The same pages, with the seal's centre `x` millimetres from the left and `y` from the upper edge as seen.
    ///
    /// Changes nothing where no page was named.
    #[must_use]
    pub fn centred_mm(mut self, x: f64, y: f64) -> Self {
        if let Kind::Points(points) = &mut self.0 {
            for point in points {
                (point.x, point.y) = (Position::FromStart(x), Position::FromStart(y));
            }
        }
        self
    }

    /// In an existing empty signature field, by its full name.
    #[must_use]
    pub fn field(name: &str) -> Self {
        Self(Kind::Field(name.to_owned()))
    }

    /// Nowhere: the signature is there, the page looks as before.
    #[must_use]
    pub const fn invisible() -> Self {
        Self(Kind::Invisible)
    }

    /// The places of both.
    ///
    /// # Errors
    /// [`StampError::PlacesClash`] when one of them is a field or invisible, or there are more than
    /// [`Self::MAX_POINTS`].
    pub fn and(mut self, other: Self) -> Result<Self, StampError> {
        match (&mut self.0, other.0) {
            (Kind::Points(mine), Kind::Points(theirs)) if mine.len() + theirs.len() <= Self::MAX_POINTS => {
                mine.extend(theirs);
                Ok(self)
            }
            _ => Err(StampError::PlacesClash),
        }
    }
}

impl FromStr for Place {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        let wrong = |what| StampError::PlaceSyntax { text: text.chars().take(64).collect(), what };
        let (pages, point) = text.split_once(':').ok_or_else(|| wrong("no colon after the page"))?;
        let (x, y) = point.split_once(',').ok_or_else(|| wrong("no comma between X and Y"))?;
        let pages: Vec<_> = pages.split(',').map(page_item).collect::<Result<_, _>>().map_err(wrong)?;
        if pages.len() > Self::MAX_POINTS {
            return Err(wrong("too many pages"));
        }
        let x = Position::parse(x.trim(), "right").map_err(wrong)?;
        let y = Position::parse(y.trim(), "bottom").map_err(wrong)?;
        Ok(Self(Kind::Points(vec![Point { pages, x, y }])))
    }
}

fn page_number(text: &str) -> Result<i64, &'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a page is a number, a range, odd, even or all");
    }
    match text.parse::<i64>() {
        Ok(0) | Err(_) => Err("pages count from 1, or from -1 at the end"),
        Ok(page) => Ok(page),
    }
}

fn page_item(text: &str) -> Result<PageItem, &'static str> {
    let text = text.trim();
    match text {
        "odd" => return Ok(PageItem::Odd),
        "even" => return Ok(PageItem::Even),
        "all" => return Ok(PageItem::All),
        _ => {}
    }
    // The dash of a range is never the first character: that one is a sign.
    match text.char_indices().skip(1).find(|(_, character)| *character == '-') {
        Some((dash, _)) => Ok(PageItem::Range(page_number(&text[..dash])?, page_number(&text[dash + 1..])?)),
        None => Ok(PageItem::One(page_number(text)?)),
    }
}

/// A length in millimetres: `40`, `40mm`, `4cm`, `1in`, `120pt`.
fn length_mm(text: &str) -> Result<f64, &'static str> {
    let text = text.trim();
    let (digits, factor) = [("mm", 1.0), ("cm", 10.0), ("in", 25.4), ("pt", 1.0 / POINTS_PER_MM)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), factor)))
        .unwrap_or((text, 1.0));
    let shape = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !shape || digits.is_empty() || digits.len() > 12 {
        return Err("a length is a number with mm, cm, in or pt");
    }
    digits.parse::<f64>().map(|number| number * factor).map_err(|_| "a length is a number with mm, cm, in or pt")
}

/// Width and height of a printed seal in millimetres, written `42x42`, `40mmx30mm` or `42`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrintSize {
    pub(super) width_mm: f64,
    pub(super) height_mm: f64,
}

impl PrintSize {
    /// The smallest side in millimetres (our limit): below, nobody can read a seal.
    pub const MIN_MM: f64 = 2.0;
    /// The longest side in millimetres (our limit): the side of an A0 sheet.
    pub const MAX_MM: f64 = 1_189.0;

    /// From millimetres.
    ///
    /// # Errors
    /// [`StampError::SizeOutOfRange`] when a side is not between [`Self::MIN_MM`] and [`Self::MAX_MM`].
    pub fn mm(width: f64, height: f64) -> Result<Self, StampError> {
        let allowed = Self::MIN_MM..=Self::MAX_MM;
        if allowed.contains(&width) && allowed.contains(&height) {
            Ok(Self { width_mm: width, height_mm: height })
        } else {
            Err(StampError::SizeOutOfRange { width_mm: width, height_mm: height })
        }
    }
}

impl FromStr for PrintSize {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        let (width, height) = text.split_once(['x', '×', '*']).unwrap_or((text, text));
        let wrong = |what| StampError::SizeSyntax { text: text.chars().take(64).collect(), what };
        Self::mm(length_mm(width).map_err(wrong)?, length_mm(height).map_err(wrong)?)
    }
}

impl Point {
    /// The pages meant in a document of `count` pages, from 1, each once, in the order written.
    pub(super) fn pages(&self, count: usize) -> Result<Vec<usize>, StampError> {
        let page = |number: i64| {
            let last = i64::try_from(count).unwrap_or(i64::MAX);
            let counted = if number < 0 { last + 1 + number } else { number };
            match usize::try_from(counted) {
                Ok(counted) if counted >= 1 && counted <= count => Ok(counted),
                _ => Err(StampError::NoSuchPage { page: number, count }),
            }
        };
        let mut pages = Vec::new();
        for item in &self.pages {
            match *item {
                PageItem::One(number) => pages.push(page(number)?),
                PageItem::Range(from, to) => {
                    let (from, to) = (page(from)?, page(to)?);
                    pages.extend(from.min(to)..=from.max(to));
                }
                PageItem::Odd => pages.extend((1..=count).step_by(2)),
                PageItem::Even => pages.extend((2..=count).step_by(2)),
                PageItem::All => pages.extend(1..=count),
            }
            // A list like `all,all,…` must not grow with its length times the document's.
            if pages.len() > count.saturating_mul(2).max(64) {
                dedup_in_order(&mut pages);
            }
        }
        dedup_in_order(&mut pages);
        Ok(pages)
    }

    /// Where the seal lies on the page: `[x, y, width, height]` in millimetres as seen.
    pub(super) fn seen_rect(&self, page: usize, frame: &PageFrame, size: PrintSize) -> Result<[f64; 4], StampError> {
        let (page_width, page_height) = frame.seen_size_mm();
        let rect = [
            self.x.on(page_width) - size.width_mm / 2.0,
            self.y.on(page_height) - size.height_mm / 2.0,
            size.width_mm,
            size.height_mm,
        ];
        if frame.shows(rect) { Ok(rect) } else { Err(StampError::OutsidePage { page, rect_mm: rect.map(tenths) }) }
    }
}

fn dedup_in_order(pages: &mut Vec<usize>) {
    let mut seen = std::collections::HashSet::with_capacity(pages.len());
    pages.retain(|page| seen.insert(*page));
}

/// Rounded to a tenth of a millimetre, for messages.
fn tenths(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(text: &str) -> Point {
        match text.parse::<Place>().unwrap().0 {
            Kind::Points(mut points) => points.remove(0),
            other => panic!("{other:?}"),
        }
    }

    fn pages(text: &str, count: usize) -> Vec<usize> {
        point(&format!("{text}:center,center")).pages(count).unwrap()
    }

    #[test]
    fn pages_are_numbers_ranges_words_and_lists_of_them() {
        assert_eq!(pages("1", 9), [1]);
        assert_eq!(pages("-1", 9), [9]);
        assert_eq!(pages("1-3,5", 9), [1, 2, 3, 5]);
        assert_eq!(pages("-3--1", 9), [7, 8, 9]);
        assert_eq!(pages("8--1", 9), [8, 9]);
        assert_eq!(pages("odd", 5), [1, 3, 5]);
        assert_eq!(pages("even", 5), [2, 4]);
        assert_eq!(pages("all", 3), [1, 2, 3]);
        assert_eq!(pages("3,odd,3", 5), [3, 1, 5]);
        assert_eq!(pages("even", 1), [] as [usize; 0]);
    }

    #[test]
    fn a_list_that_repeats_all_pages_stays_small() {
        let text = vec!["all"; 1_000].join(",");
        assert_eq!(pages(&text, 1_000).len(), 1_000);
    }

    #[test]
    fn pages_that_are_not_there_are_refused() {
        for text in ["4", "-4", "2-4", "0-1"] {
            let result = format!("{text}:1,1").parse::<Place>().and_then(|place| match place.0 {
                Kind::Points(points) => points[0].pages(3),
                _ => unreachable!("parsing makes points"),
            });
            assert!(matches!(result, Err(StampError::NoSuchPage { .. } | StampError::PlaceSyntax { .. })), "{text}");
        }
    }

    #[test]
    fn malformed_places_are_refused() {
        for text in [
            "",
            ":",
            "1",
            "1:",
            "1:20",
            "1:20,",
            "0:20,20",
            "x:20,20",
            "1-:20,20",
            "1.5:20,20",
            "1:20mm20",
            "1:-20,20",
            "1:bottom-20,20",
            "1:20,right-20",
            "1:right20,20",
            "1:right,20",
            "1:right--5,20",
            "1:1e3,20",
            "1:nan,20",
            "1:inf,20",
            "1:20km,20",
            "1:20,20,20",
            "1,:20,20",
            "9999999999:20,20",
            "1:2.5.5,1",
            "--1:1,1",
            "1--:1,1",
        ] {
            assert!(matches!(text.parse::<Place>(), Err(StampError::PlaceSyntax { .. })), "{text:?}");
        }
    }

    #[test]
    fn lengths_have_units() {
        for (text, expected) in
            [("40", 40.0), ("40mm", 40.0), ("40 mm", 40.0), ("4cm", 40.0), ("1in", 25.4), ("72pt", 25.4), (".5", 0.5)]
        {
            assert!((length_mm(text).unwrap() - expected).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn the_point_is_the_centre_of_the_seal_as_seen() {
        let frame = PageFrame::new([0.0, 0.0, 595.275_590_55, 841.889_763_78], None, 90, 1.0).unwrap();
        let size = PrintSize::mm(42.0, 30.0).unwrap();
        let close = |rect: [f64; 4], expected: [f64; 4]| rect.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(point("1:100,50").seen_rect(1, &frame, size).unwrap(), [79.0, 35.0, 42.0, 30.0]));
        // Turned by 90 degrees, the sheet is seen 297 mm wide and 210 mm high.
        assert!(close(
            point("1:right-40mm,bottom-40mm").seen_rect(1, &frame, size).unwrap(),
            [236.0, 155.0, 42.0, 30.0]
        ));
        assert!(close(point("1:center,center").seen_rect(1, &frame, size).unwrap(), [127.5, 90.0, 42.0, 30.0]));
    }

    #[test]
    fn a_seal_over_the_edge_is_refused() {
        let frame = PageFrame::new([0.0, 0.0, 595.0, 842.0], None, 0, 1.0).unwrap();
        let size = PrintSize::mm(42.0, 42.0).unwrap();
        for text in ["7:20,100", "7:100,20", "7:right-20,100", "7:100,bottom-20", "7:500,500"] {
            let result = point(text).seen_rect(7, &frame, size);
            assert!(matches!(result, Err(StampError::OutsidePage { page: 7, .. })), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_held_to_a_range() {
        assert_eq!("42x30".parse::<PrintSize>().unwrap(), PrintSize { width_mm: 42.0, height_mm: 30.0 });
        assert_eq!("4cm".parse::<PrintSize>().unwrap(), PrintSize { width_mm: 40.0, height_mm: 40.0 });
        assert_eq!("40mm×1in".parse::<PrintSize>().unwrap().height_mm, 25.4);
        for text in ["", "x", "0x0", "1x1", "2000x20", "20x", "-20x20"] {
            assert!(text.parse::<PrintSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_field_takes_no_second_place() {
        assert_eq!(Place::field("a").and(Place::page(1)), Err(StampError::PlacesClash));
        assert_eq!(Place::page(1).and(Place::invisible()), Err(StampError::PlacesClash));
    }
}

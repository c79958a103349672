//! How a page is seen: boxes, rotation and unit, and the way between what a reader sees and user space.
//!
//! Pure arithmetic; knows no file. "As seen" means: cropped, turned by `/Rotate`, in units of `/UserUnit`, with the
//! origin at the top-left corner and y growing downwards, in millimetres on paper. The dictionary keys are those of
//! ISO 32000-1, 7.7.3.3.

/// Points of 1/72 inch in a millimetre.
pub const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// The quarter turns by which a page is shown, clockwise (`/Rotate`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// Shown as it is.
    #[default]
    None,
    /// Turned by 90 degrees clockwise.
    Right,
    /// Turned upside down.
    Half,
    /// Turned by 270 degrees clockwise.
    Left,
}

impl Turn {
    /// From the value of `/Rotate`, which may be negative or beyond a full turn.
    ///
    /// What is not a multiple of 90 counts as no turn, as readers do.
    #[must_use]
    pub const fn from_degrees(degrees: i64) -> Self {
        match degrees.rem_euclid(360) {
            90 => Self::Right,
            180 => Self::Half,
            270 => Self::Left,
            _ => Self::None,
        }
    }

    /// Degrees clockwise: 0, 90, 180 or 270.
    #[must_use]
    pub const fn degrees(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Right => 90,
            Self::Half => 180,
            Self::Left => 270,
        }
    }

    const fn swaps_sides(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}

/// The visible part of one page, and how it is turned and scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageFrame {
    x0: f64,
    y0: f64,
    x1: f64,
    y1: f64,
    turn: Turn,
    unit: f64,
}

/// Corners in any order to lower-left and upper-right; `None` when something is not a finite number.
fn normalised(corners: [f64; 4]) -> Option<[f64; 4]> {
    let [a, b, c, d] = corners;
    corners.iter().all(|number| number.is_finite()).then(|| [a.min(c), b.min(d), a.max(c), b.max(d)])
}

const fn has_area(corners: [f64; 4]) -> bool {
    corners[2] - corners[0] > 0.0 && corners[3] - corners[1] > 0.0
}

impl PageFrame {
    /// From the page's boxes, its rotation in degrees and its unit.
    ///
    /// The visible box is the crop box cut to the media box; the media box alone when that leaves nothing. Reversed
    /// corners are put in order. A unit that is not a positive number counts as 1. `None` when the media box has no area.
    #[must_use]
    pub fn new(media_box: [f64; 4], crop_box: Option<[f64; 4]>, rotate: i64, user_unit: f64) -> Option<Self> {
        let media = normalised(media_box).filter(|corners| has_area(*corners))?;
        let cropped = crop_box
            .and_then(normalised)
            .map(|crop| [crop[0].max(media[0]), crop[1].max(media[1]), crop[2].min(media[2]), crop[3].min(media[3])]);
        let [x0, y0, x1, y1] = cropped.filter(|corners| has_area(*corners)).unwrap_or(media);
        let unit = if user_unit.is_finite() && user_unit > 0.0 { user_unit } else { 1.0 };
        Some(Self { x0, y0, x1, y1, turn: Turn::from_degrees(rotate), unit })
    }

    /// The visible box in user space: lower-left and upper-right corner.
    #[must_use]
    pub const fn visible_box(&self) -> [f64; 4] {
        [self.x0, self.y0, self.x1, self.y1]
    }

    /// How the page is turned.
    #[must_use]
    pub const fn turn(&self) -> Turn {
        self.turn
    }

    /// Points on paper that one user space unit takes (`/UserUnit`).
    #[must_use]
    pub const fn user_unit(&self) -> f64 {
        self.unit
    }

    /// Width and height as seen, in user space units.
    fn seen_size(&self) -> (f64, f64) {
        let (x, y) = (self.x1 - self.x0, self.y1 - self.y0);
        if self.turn.swaps_sides() { (y, x) } else { (x, y) }
    }

    /// Width and height as seen, in points on paper.
    #[must_use]
    pub fn seen_size_pt(&self) -> (f64, f64) {
        let (width, height) = self.seen_size();
        (width * self.unit, height * self.unit)
    }

    /// Width and height as seen, in millimetres on paper.
    #[must_use]
    pub fn seen_size_mm(&self) -> (f64, f64) {
        let (width, height) = self.seen_size_pt();
        (width / POINTS_PER_MM, height / POINTS_PER_MM)
    }

    /// User space units in one millimetre on paper.
    #[must_use]
    pub fn units_per_mm(&self) -> f64 {
        POINTS_PER_MM / self.unit
    }

    /// The user space point shown `u` to the right of and `v` above the lower-left corner as seen, in user space units.
    #[must_use]
    pub fn to_user(&self, u: f64, v: f64) -> (f64, f64) {
        match self.turn {
            Turn::None => (self.x0 + u, self.y0 + v),
            Turn::Right => (self.x1 - v, self.y0 + u),
            Turn::Half => (self.x1 - u, self.y1 - v),
            Turn::Left => (self.x0 + v, self.y1 - u),
        }
    }

    /// Where a user space point is seen: to the right of and above the lower-left corner as seen, in user space units.
    #[must_use]
    pub fn to_seen(&self, x: f64, y: f64) -> (f64, f64) {
        match self.turn {
            Turn::None => (x - self.x0, y - self.y0),
            Turn::Right => (y - self.y0, self.x1 - x),
            Turn::Half => (self.x1 - x, self.y1 - y),
            Turn::Left => (self.y1 - y, x - self.x0),
        }
    }

    /// The user space rectangle (`/Rect`, corners in order) of `[x, y, width, height]` in millimetres as seen.
    #[must_use]
    pub fn user_rect(&self, seen_mm: [f64; 4]) -> [f64; 4] {
        let scale = self.units_per_mm();
        let [left, top, width, height] = seen_mm.map(|length| length * scale);
        let (_, page_height) = self.seen_size();
        let (ax, ay) = self.to_user(left, page_height - top - height);
        let (bx, by) = self.to_user(left + width, page_height - top);
        [ax.min(bx), ay.min(by), ax.max(bx), ay.max(by)]
    }

    /// Where a user space rectangle is seen: `[x, y, width, height]` in millimetres from the top-left corner as seen.
    #[must_use]
    pub fn seen_rect_mm(&self, user_rect: [f64; 4]) -> [f64; 4] {
        let (au, av) = self.to_seen(user_rect[0], user_rect[1]);
        let (bu, bv) = self.to_seen(user_rect[2], user_rect[3]);
        let (_, page_height) = self.seen_size();
        let scale = self.units_per_mm();
        [au.min(bu), page_height - av.max(bv), (au - bu).abs(), (av - bv).abs()].map(|length| length / scale)
    }

    /// Width and height as seen of a user space rectangle, in user space units: the size of an upright appearance.
    #[must_use]
    pub fn upright_size(&self, user_rect: [f64; 4]) -> (f64, f64) {
        let (x, y) = ((user_rect[2] - user_rect[0]).abs(), (user_rect[3] - user_rect[1]).abs());
        if self.turn.swaps_sides() { (y, x) } else { (x, y) }
    }

    /// Whether `[x, y, width, height]` in millimetres as seen lies on the visible page.
    ///
    /// A hundredth of a millimetre over the edge is taken for rounding.
    #[must_use]
    pub fn shows(&self, seen_mm: [f64; 4]) -> bool {
        const ROUNDING_MM: f64 = 0.01;
        let [left, top, width, height] = seen_mm;
        let (page_width, page_height) = self.seen_size_mm();
        left >= -ROUNDING_MM
            && top >= -ROUNDING_MM
            && left + width <= page_width + ROUNDING_MM
            && top + height <= page_height + ROUNDING_MM
    }

    /// The form `/Matrix` that shows content of the given size upright on this page.
    ///
    /// The `/BBox` stays `[0 0 width height]`: readers fit the transformed box to the annotation's `/Rect`
    /// (ISO 32000-1, 12.5.5, algorithm "appearance streams").
    #[must_use]
    pub const fn form_matrix(&self, width: f64, height: f64) -> [f64; 6] {
        match self.turn {
            Turn::None => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            Turn::Right => [0.0, 1.0, -1.0, 0.0, height, 0.0],
            Turn::Half => [-1.0, 0.0, 0.0, -1.0, width, height],
            Turn::Left => [0.0, -1.0, 1.0, 0.0, 0.0, width],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A4: [f64; 4] = [0.0, 0.0, 595.0, 842.0];

    fn frame(rotate: i64) -> PageFrame {
        PageFrame::new([10.0, 20.0, 210.0, 320.0], None, rotate, 1.0).unwrap()
    }

    fn close(left: [f64; 4], right: [f64; 4]) -> bool {
        left.iter().zip(right).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn each_turn_sends_the_seen_lower_left_corner_to_its_own_user_corner() {
        for (rotate, corner) in
            [(0, (10.0, 20.0)), (90, (210.0, 20.0)), (180, (210.0, 320.0)), (270, (10.0, 320.0)), (-90, (10.0, 320.0))]
        {
            assert_eq!(frame(rotate).to_user(0.0, 0.0), corner, "rotate {rotate}");
        }
        assert_eq!(frame(90).seen_size_pt(), (300.0, 200.0));
        assert_eq!(frame(180).seen_size_pt(), (200.0, 300.0));
    }

    #[test]
    fn seen_and_user_space_are_inverse_on_every_turn_and_unit() {
        for rotate in [0, 90, 180, 270] {
            for unit in [0.5, 1.0, 2.0] {
                let page = PageFrame::new([-100.0, -50.0, 500.0, 700.0], None, rotate, unit).unwrap();
                let (u, v) = (12.5, 77.25);
                let (x, y) = page.to_user(u, v);
                assert_eq!(page.to_seen(x, y), (u, v));
                let seen = [10.0, 15.0, 42.0, 30.0];
                assert!(close(page.seen_rect_mm(page.user_rect(seen)), seen), "rotate {rotate}, unit {unit}");
            }
        }
    }

    #[test]
    fn a_seal_of_42_mm_is_119_points_on_a_plain_page_and_half_as_many_units_when_the_unit_is_2() {
        let plain = PageFrame::new(A4, None, 0, 1.0).unwrap();
        let rect = plain.user_rect([0.0, 0.0, 42.0, 42.0]);
        assert!((rect[2] - rect[0] - 119.055_118).abs() < 1e-5);
        assert!((rect[3] - 842.0).abs() < 1e-9, "the top edge");
        let doubled = PageFrame::new(A4, None, 0, 2.0).unwrap();
        let rect = doubled.user_rect([0.0, 0.0, 42.0, 42.0]);
        assert!((rect[2] - rect[0] - 59.527_559).abs() < 1e-5);
    }

    #[test]
    fn upright_content_fits_its_rectangle_under_the_form_matrix() {
        for rotate in [0, 90, 180, 270] {
            let page = frame(rotate);
            let rect = page.user_rect([5.0, 5.0, 20.0, 10.0]);
            let (width, height) = page.upright_size(rect);
            assert!((width / height - 2.0).abs() < 1e-9, "seen twice as wide as high");
            let [a, b, c, d, e, f] = page.form_matrix(width, height);
            // The content's lower-left corner must land where the seen lower-left corner of the rectangle is.
            let (left, bottom) = page.to_seen(rect[0], rect[1]);
            let (right, top) = page.to_seen(rect[2], rect[3]);
            let (x, y) = page.to_user(left.min(right), bottom.min(top));
            assert!((e - (x - rect[0])).abs() < 1e-9 && (f - (y - rect[1])).abs() < 1e-9, "rotate {rotate}");
            // And its upper-right corner opposite.
            let (x, y) = page.to_user(left.max(right), bottom.max(top));
            assert!((a * width + c * height + e - (x - rect[0])).abs() < 1e-9);
            assert!((b * width + d * height + f - (y - rect[1])).abs() < 1e-9);
        }
    }

    #[test]
    fn reversed_corners_are_put_in_order() {
        let page = PageFrame::new([595.0, 842.0, 0.0, 0.0], Some([500.0, 600.0, 100.0, 200.0]), 0, 1.0).unwrap();
        assert_eq!(page.visible_box(), [100.0, 200.0, 500.0, 600.0]);
    }

    #[test]
    fn the_crop_box_is_cut_to_the_media_box_and_ignored_when_nothing_is_left() {
        let page = PageFrame::new(A4, Some([-50.0, 100.0, 900.0, 900.0]), 0, 1.0).unwrap();
        assert_eq!(page.visible_box(), [0.0, 100.0, 595.0, 842.0]);
        let page = PageFrame::new(A4, Some([1000.0, 1000.0, 1100.0, 1100.0]), 0, 1.0).unwrap();
        assert_eq!(page.visible_box(), A4);
        let page = PageFrame::new(A4, Some([f64::NAN, 0.0, 1.0, 1.0]), 0, 1.0).unwrap();
        assert_eq!(page.visible_box(), A4);
    }

    #[test]
    fn a_media_box_without_area_makes_no_frame() {
        assert!(PageFrame::new([0.0, 0.0, 0.0, 842.0], None, 0, 1.0).is_none());
        assert!(PageFrame::new([0.0, 0.0, f64::INFINITY, 842.0], None, 0, 1.0).is_none());
    }

    #[test]
    fn odd_rotations_and_units_fall_back() {
        assert_eq!(Turn::from_degrees(450), Turn::Right);
        assert_eq!(Turn::from_degrees(-90), Turn::Left);
        assert_eq!(Turn::from_degrees(45), Turn::None);
        assert_eq!(Turn::from_degrees(i64::MIN).degrees(), Turn::from_degrees(i64::MIN % 360).degrees());
        for unit in [0.0, -2.0, f64::NAN, f64::INFINITY] {
            assert_eq!(PageFrame::new(A4, None, 0, unit).unwrap().user_unit(), 1.0);
        }
    }

    #[test]
    fn what_lies_over_the_edge_is_not_shown() {
        let page = PageFrame::new(A4, None, 0, 1.0).unwrap();
        let (width, height) = page.seen_size_mm();
        assert!(page.shows([0.0, 0.0, width, height]));
        assert!(page.shows([width - 42.0, height - 42.0, 42.0, 42.0]));
        assert!(!page.shows([width - 41.9, 10.0, 42.0, 42.0]));
        assert!(!page.shows([10.0, -0.1, 42.0, 42.0]));
    }
}

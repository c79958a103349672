//! Pages as other programs draw them, and where two drawings differ.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{run, tool};

/// Pixels an inch. One pixel is a quarter of a millimetre, and edges are found to within about one.
const DPI: f64 = 100.0;
/// How far a channel must move to count: above what smoothing does to an edge that was already there.
const VISIBLE: u8 = 24;

/// A program that draws pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renderer {
    Poppler,
    MuPdf,
}

impl Renderer {
    pub(crate) const ALL: [Self; 2] = [Self::Poppler, Self::MuPdf];

    /// Whether it takes a page's `/UserUnit` into account.
    pub(crate) const fn knows_user_unit(self) -> bool {
        matches!(self, Self::MuPdf)
    }

    /// Draws one page (from 1) as seen, in its crop box; `None` where the program is not installed.
    pub(crate) fn draw(self, file: &Path, page: usize) -> Option<Drawing> {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("page.ppm");
        let (page, dpi) = (page.to_string(), DPI.to_string());
        match self {
            Self::Poppler => {
                let program = tool("pdftoppm")?;
                let stem = folder.path().join("page");
                let page = ["-f", &page, "-l", &page, "-r", &dpi, "-cropbox", "-singlefile"];
                run(Command::new(program).args(page).arg(file).arg(stem));
            }
            Self::MuPdf => {
                let program = tool("mutool")?;
                let how = ["draw", "-q", "-r", &dpi, "-F", "ppm", "-c", "rgb", "-o"];
                // Its exit status tells of faults in the page's own content, too.
                Command::new(program).args(how).arg(&target).arg(file).arg(page).output().unwrap();
            }
        }
        let drawn =
            fs::read(&target).unwrap_or_else(|error| panic!("{self:?} draws nothing of {}: {error}", file.display()));
        Some(Drawing::from_ppm(&drawn))
    }
}

/// A drawn page: three bytes a pixel, rows from the top.
pub(crate) struct Drawing {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Drawing {
    fn from_ppm(file: &[u8]) -> Self {
        let mut at = 0;
        let mut word = || {
            let begin = at;
            while !file[at].is_ascii_whitespace() {
                at += 1;
            }
            at += 1;
            String::from_utf8(file[begin..at - 1].to_vec()).unwrap()
        };
        assert_eq!(word(), "P6");
        let (width, height) = (word().parse().unwrap(), word().parse().unwrap());
        assert_eq!(word(), "255");
        let pixels = file[at..].to_vec();
        assert_eq!(pixels.len(), width * height * 3, "three bytes a pixel");
        Self { width, height, pixels }
    }

    /// Where another drawing of the page differs, or `None` where nothing does.
    pub(crate) fn change(&self, other: &Self) -> Option<Change> {
        assert_eq!((self.width, self.height), (other.width, other.height), "a stamp does not resize its page");
        let differs = |at: &usize| {
            let pixel = at * 3..at * 3 + 3;
            let channels = self.pixels[pixel.clone()].iter().zip(&other.pixels[pixel]);
            channels.into_iter().any(|(one, two)| one.abs_diff(*two) > VISIBLE)
        };
        let changed: Vec<(usize, usize)> =
            (0..self.width * self.height).filter(differs).map(|at| (at % self.width, at / self.width)).collect();
        let left = changed.iter().map(|(x, _)| *x).min()?;
        let right = changed.iter().map(|(x, _)| *x).max()? + 1;
        let (top, bottom) = (changed.first()?.1, changed.last()?.1 + 1);
        let middle = usize::midpoint(top, bottom);
        let upper = changed.iter().filter(|(_, y)| *y < middle).count();
        #[allow(clippy::cast_precision_loss, reason = "pages have few pixels")]
        let mm = |pixels: usize| pixels as f64 / DPI * 25.4;
        let rect_mm = [mm(left), mm(top), mm(right - left), mm(bottom - top)];
        Some(Change { rect_mm, upper, lower: changed.len() - upper })
    }
}

/// What differs between two drawings of a page.
#[derive(Debug)]
pub(crate) struct Change {
    /// `[left, top, width, height]` in millimetres from the top-left corner as seen.
    pub(crate) rect_mm: [f64; 4],
    /// Changed pixels in the upper half of that rectangle, and in the lower.
    pub(crate) upper: usize,
    pub(crate) lower: usize,
}

#[test]
fn two_drawings_of_the_same_page_do_not_differ_and_of_two_pages_do() {
    let Some(shared) = super::shared() else { return };
    let file = shared.join("samples/pdf/geometry-matrix.pdf");
    for renderer in Renderer::ALL {
        let (Some(one), Some(again), Some(other)) =
            (renderer.draw(&file, 1), renderer.draw(&file, 1), renderer.draw(&file, 5))
        else {
            return;
        };
        assert!(one.change(&again).is_none(), "{renderer:?}");
        assert!(one.change(&other).is_some(), "{renderer:?}");
    }
}

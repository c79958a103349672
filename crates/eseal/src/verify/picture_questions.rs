//! Whether a page shows the picture of the seal.

use std::collections::HashMap;

use crate::document::pdf::FoundSignature;
use crate::document::pdf::ObjectId;
use crate::document::pdf::Pdf;
use crate::document::pdf::PictureUnclear;
use crate::document::pdf::Pixels;
use crate::document::pdf::ShownImage;
use crate::document::pdf::Widget;
use crate::document::pdf::shown_picture;
use crate::seal::PictureFormat;
use crate::seal::Raster;
use crate::seal::Seal;
use crate::seal::decode_picture;

use super::Code;
use super::Requirement;
use super::Verifier;
use super::cache::SealFacts;
use super::finding::Answer;
use super::seal_questions::absent;
use super::shown::Likeness;
use super::shown::compare;

/// One answer for every kind of outcome among the places where the stamp shows, the worst first.
pub(super) fn ask(verifier: &Verifier, pdf: &Pdf<'_>, signature: &FoundSignature, seal: &Seal) -> Vec<Answer> {
    let facts = verifier.cache().facts(seal);
    // A seam stamp shows slices of one image on many pages: it is decoded and compared once.
    let mut known: HashMap<ObjectId, Result<Likeness, &'static str>> = HashMap::new();
    let mut answers: Vec<Answer> = Vec::new();
    for widget in signature.widgets.iter().filter(|widget| widget.is_visible()) {
        let answer = answer(verifier, pdf, widget, &facts, &mut known);
        if !answers.iter().any(|other| other.code == answer.code && other.outcome == answer.outcome) {
            answers.push(match widget.page {
                Some(page) => answer.with("page", page),
                None => answer,
            });
        }
    }
    if answers.is_empty() {
        answers.push(absent(verifier, Requirement::Picture, Code::PictureInvisible));
    }
    answers.sort_by_key(|answer| std::cmp::Reverse(answer.outcome));
    answers
}

fn answer(
    verifier: &Verifier,
    pdf: &Pdf<'_>,
    widget: &Widget,
    facts: &SealFacts,
    known: &mut HashMap<ObjectId, Result<Likeness, &'static str>>,
) -> Answer {
    let unclear = |why: &str| absent(verifier, Requirement::Picture, Code::PictureNotComparable).with("why", why);
    let shown = match shown_picture(pdf, widget) {
        Ok(shown) => shown,
        Err(why) => return unclear(why.code()),
    };
    match known.entry(shown.image).or_insert_with(|| facts.likeness(&shown.encoded, || likeness(facts, pdf, &shown))) {
        Err(why) => unclear(why),
        Ok(Likeness::Different) => Answer::fail(Code::PictureDiffers),
        Ok(_) if !shown.is_whole() => {
            let [left, bottom, right, top] = shown.part;
            Answer::note(Code::PicturePart).with("part", format!("{left:.3} {bottom:.3} {right:.3} {top:.3}"))
        }
        Ok(Likeness::Similar) => Answer::note(Code::PictureSimilar),
        Ok(Likeness::Same) => Answer::pass(),
    }
}

fn likeness(facts: &SealFacts, pdf: &Pdf<'_>, shown: &ShownImage) -> Result<Likeness, &'static str> {
    let seal = facts.raster().map_err(|error| error.code())?;
    let decoded;
    let raster = match &shown.encoded.pixels(pdf).map_err(PictureUnclear::code)? {
        Pixels::Rgba { width, height, rgba } => return Ok(compare(&seal, *width, *height, rgba)),
        Pixels::Jpeg(file) if file == facts.picture() => return Ok(Likeness::Same),
        Pixels::Jpeg(file) => {
            decoded = decode_picture(PictureFormat::Jpeg, file).map_err(|error| error.code())?;
            &decoded
        }
    };
    let Raster { width, height, rgba } = raster;
    Ok(compare(&seal, *width, *height, rgba))
}

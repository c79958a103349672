//! Choosing what to stamp, and doing it.

use crate::cert::Certificate;
use crate::document::pdf::Appearance;
use crate::document::pdf::Blend;
use crate::document::pdf::FieldChoice;
use crate::document::pdf::Pdf;
use crate::document::pdf::PdfError;
use crate::document::pdf::Permission;
use crate::document::pdf::Reserved;
use crate::document::pdf::Shown;
use crate::document::pdf::SignatureDraft;
use crate::document::pdf::WidgetPlace;
use crate::document::pdf::reserve;
use crate::key::Signer;
use crate::seal::Listed;
use crate::seal::Picture;
use crate::seal::PictureFormat;
use crate::seal::Seal;
use crate::seal::SealVersion;
use crate::seal::ToBeSigned;
use crate::time::Instant;

use super::StampError;
use super::pending::{Pending, Stamped};
use super::place::{Kind, Place, PrintSize};

/// A seal, who stamps with it, and where: ready for any number of documents.
///
/// ```no_run
/// # fn example(seal: &eseal::seal::Seal, certificate: &eseal::cert::Certificate, signer: &dyn eseal::key::Signer)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// use eseal::document::pdf::Pdf;
/// use eseal::stamp::{Place, Stamp};
/// use eseal::time::Instant;
///
/// let bytes = std::fs::read("notice.pdf")?;
/// let now = Instant::parse("2026-11-24T14:00:00+08:00")?;
/// let stamp = Stamp::new(seal, certificate, Place::page(1).centred_mm(150.0, 40.0))?.reason("同意");
/// let stamped = stamp.apply(&Pdf::parse(&bytes)?, signer, now)?;
/// std::fs::write("notice-stamped.pdf", &stamped.bytes)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Stamp {
    seal: Seal,
    certificate: Certificate,
    place: Place,
    appearance: Option<Appearance>,
    size: Option<PrintSize>,
    filter: String,
    sub_filter: String,
    name: Option<String>,
    reason: Option<String>,
    location: Option<String>,
    field_name: Option<String>,
    certify: Option<Permission>,
}

impl Stamp {
    /// The `/Filter` written unless another is chosen.
    ///
    /// No standard that we could read names one for seals; this is the name that readers know, so they list the field
    /// as signed, even if they cannot verify it. Vendors write names of their own, see [`filter`](Self::filter).
    pub const FILTER: &str = "Adobe.PPKLite";
    /// The `/SubFilter` written for a seal signature, as far as products agree (GM/T 0112-2021: text not seen).
    pub const SUB_FILTER: &str = "GM.sm2seal";

    /// Takes a seal, the certificate of someone who may use it, and where it shows.
    ///
    /// The seal's own signature is checked and its picture made ready here, once. A picture without transparency is
    /// multiplied onto the page, so that its white background does not hide text; see [`blend`](Self::blend).
    ///
    /// # Errors
    /// [`StampError::SignerNotInSeal`], [`StampError::SignerRenewed`], [`StampError::SignerUsage`],
    /// [`StampError::SealBroken`], [`StampError::SealVersion`], [`StampError::Picture`] and others about the seal and
    /// the certificate. Periods are looked at when it is applied.
    pub fn new(seal: &Seal, certificate: &Certificate, place: Place) -> Result<Self, StampError> {
        admit(seal, certificate)?;
        let appearance = match place.0 {
            Kind::Invisible => None,
            Kind::Points(_) | Kind::Field(_) => Some(draw(seal.picture())?),
        };
        // A size that cannot be printed is as good as none: another may be chosen.
        let told = seal.picture().size();
        let size = told.and_then(|size| PrintSize::mm(size.width_mm().into(), size.height_mm().into()).ok());
        Ok(Self {
            seal: seal.clone(),
            certificate: certificate.clone(),
            place,
            appearance,
            size,
            filter: Self::FILTER.to_owned(),
            sub_filter: Self::SUB_FILTER.to_owned(),
            name: certificate.subject().common_name(),
            reason: None,
            location: None,
            field_name: None,
            certify: None,
        })
    }

    /// Another handler name (`/Filter`), such as `GM.PKILite`.
    #[must_use]
    pub fn filter(mut self, name: &str) -> Self {
        name.clone_into(&mut self.filter);
        self
    }

    /// Another encoding name (`/SubFilter`); what is written stays a seal signature.
    #[must_use]
    pub fn sub_filter(mut self, name: &str) -> Self {
        name.clone_into(&mut self.sub_filter);
        self
    }

    /// Who stamps, as the document tells it; without this the common name in the certificate.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Why it is stamped.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Where it is stamped: a town, an office.
    #[must_use]
    pub fn location(mut self, location: &str) -> Self {
        self.location = Some(location.to_owned());
        self
    }

    /// Another printed size than the seal tells.
    #[must_use]
    pub fn size(mut self, size: PrintSize) -> Self {
        self.size = Some(size);
        self
    }

    /// How the picture meets the page.
    #[must_use]
    pub fn blend(mut self, blend: Blend) -> Self {
        self.appearance = self.appearance.map(|appearance| appearance.blended(blend));
        self
    }

    /// The name of the new signature field; without this a free one is taken.
    #[must_use]
    pub fn field_name(mut self, name: &str) -> Self {
        self.field_name = Some(name.to_owned());
        self
    }

    /// Certifies the document (`DocMDP`): says what may be changed afterwards. Only the first signature can.
    #[must_use]
    pub fn certify(mut self, permission: Permission) -> Self {
        self.certify = Some(permission);
        self
    }

    /// The seal.
    #[must_use]
    pub const fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The certificate of who stamps.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Demands that seal and certificate are in their periods.
    ///
    /// # Errors
    /// [`StampError::SealExpired`], [`StampError::SignerExpired`], or that one is not yet valid.
    pub fn require_valid(&self, now: Instant) -> Result<(), StampError> {
        require_valid(&self.seal, &self.certificate, now)
    }

    /// Stamps a document in one step.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare); [`StampError::WrongKey`], and whatever the signer says.
    pub fn apply(&self, pdf: &Pdf<'_>, signer: &dyn Signer, now: Instant) -> Result<Stamped, StampError> {
        if self.certificate.public_key().map_err(StampError::SignerCertificate)? != signer.public_key() {
            return Err(StampError::WrongKey { subject: self.certificate.subject().short() });
        }
        let pending = self.prepare(pdf, now)?;
        let signature = signer.sign_digest(&pending.digest())?;
        pending.complete(&signature)
    }

    /// The first of two steps: everything but the signature.
    ///
    /// # Errors
    /// When seal or certificate are not in their periods at `now`, a place is not on the document, or the document must
    /// not be changed.
    pub fn prepare<'a>(&self, pdf: &Pdf<'a>, now: Instant) -> Result<Pending<'a>, StampError> {
        self.require_valid(now)?;
        let places = self.places(pdf)?;
        let field = match &self.place.0 {
            Kind::Field(name) => FieldChoice::Existing(name.clone()),
            Kind::Points(_) | Kind::Invisible => FieldChoice::New { name: self.field_name.clone() },
        };
        let shown = match &self.appearance {
            Some(appearance) => {
                let size = self.size.ok_or(StampError::NoSize)?;
                Some(Shown { appearance, size_mm: (size.width_mm, size.height_mm) })
            }
            None => None,
        };
        let contents_len = ToBeSigned::reserve(&self.seal, &self.certificate, Reserved::longest_property_info().len());
        let reserved = reserve(
            pdf,
            &SignatureDraft {
                field,
                filter: &self.filter,
                sub_filter: &self.sub_filter,
                name: self.name.as_deref(),
                reason: self.reason.as_deref(),
                location: self.location.as_deref(),
                signing_time: Some(now),
                shown,
                places: &places,
                certify: self.certify,
                contents_len,
            },
        )?;
        Pending::new(reserved, &self.seal, &self.certificate, now)
    }

    /// Where on this document the seal shows.
    fn places(&self, pdf: &Pdf<'_>) -> Result<Vec<WidgetPlace>, StampError> {
        let Kind::Points(points) = &self.place.0 else { return Ok(Vec::new()) };
        let size = self.size.ok_or(StampError::NoSize)?;
        let pages = pdf.pages()?;
        let mut places = Vec::new();
        for point in points {
            for number in point.pages(pages.count())? {
                let frame = pages.page(number).and_then(|page| page.frame());
                let frame = frame.ok_or(PdfError::NoMediaBox { page: number })?;
                places.push(WidgetPlace { page: number, seen_mm: point.seen_rect(number, &frame, size)? });
            }
        }
        if places.is_empty() { Err(StampError::NoPlace) } else { Ok(places) }
    }
}

/// Demands that the seal is whole and the certificate may stamp with it.
pub(super) fn admit(seal: &Seal, certificate: &Certificate) -> Result<(), StampError> {
    let subject = || certificate.subject().short();
    if seal.version() == SealVersion::V1 {
        return Err(StampError::SealVersion);
    }
    if seal.check_signature().is_err() {
        return Err(StampError::SealBroken { id: seal.id().to_owned() });
    }
    match seal.signers().find(certificate) {
        Listed::Yes | Listed::WithZ => {}
        Listed::SameKey => return Err(StampError::SignerRenewed { subject: subject() }),
        Listed::No => return Err(StampError::SignerNotInSeal { subject: subject() }),
    }
    certificate.public_key().map_err(StampError::SignerCertificate)?;
    if !certificate.key_usage().is_some_and(|usage| usage.can_sign()) {
        return Err(StampError::SignerUsage { subject: subject() });
    }
    Ok(())
}

/// Demands that seal and certificate are in their periods.
pub(super) fn require_valid(seal: &Seal, certificate: &Certificate, now: Instant) -> Result<(), StampError> {
    let (id, validity) = (|| seal.id().to_owned(), seal.validity());
    if now < validity.from() {
        return Err(StampError::SealNotYetValid { id: id(), validity });
    }
    if now > validity.to() {
        return Err(StampError::SealExpired { id: id(), validity });
    }
    let (subject, validity) = (|| certificate.subject().short(), certificate.validity());
    if now < validity.from() {
        return Err(StampError::SignerNotYetValid { subject: subject(), validity });
    }
    if now > validity.to() {
        return Err(StampError::SignerExpired { subject: subject(), validity });
    }
    Ok(())
}

/// Decodes and compresses a seal's picture.
fn draw(picture: &Picture) -> Result<Appearance, StampError> {
    let raster = picture.decode().map_err(StampError::Picture)?;
    // A JPEG keeps its bytes: smaller, and comparable with those in the seal. It was decoded to know that it is one.
    let passed = if picture.format() == PictureFormat::Jpeg { Appearance::jpeg(picture.bytes())? } else { None };
    let appearance = match passed {
        Some(appearance) if appearance.pixels() == (raster.width, raster.height) => appearance,
        _ => Appearance::rgba(raster.width, raster.height, &raster.rgba)?,
    };
    let blend = if appearance.is_transparent() { Blend::Normal } else { Blend::Multiply };
    Ok(appearance.blended(blend))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

    use crate::seal::Size;

    use super::*;

    /// A red square, half of it see-through.
    fn picture(format: ImageFormat) -> Picture {
        let mut image = RgbaImage::from_pixel(16, 8, Rgba([220, 10, 10, 255]));
        for x in 8..16 {
            for y in 0..8 {
                image.put_pixel(x, y, Rgba([0, 0, 0, 0]));
            }
        }
        let image = DynamicImage::ImageRgba8(image);
        let image = if format == ImageFormat::Jpeg { image.into_rgb8().into() } else { image };
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        Picture::from_bytes(bytes.into_inner(), Size::mm(40, 20).unwrap()).unwrap()
    }

    #[test]
    fn pictures_of_every_format_keep_their_size_and_transparency() {
        for (format, transparent) in
            [(ImageFormat::Png, true), (ImageFormat::Gif, true), (ImageFormat::Bmp, true), (ImageFormat::Jpeg, false)]
        {
            let drawn = draw(&picture(format)).unwrap();
            assert_eq!(drawn.pixels(), (16, 8), "{format:?}");
            assert_eq!(drawn.is_transparent(), transparent, "{format:?}");
        }
    }
}

use crate::cert::Certificate;
use crate::seal::Picture;
use crate::seal::PictureError;
use crate::seal::SealDraft;
use crate::seal::SealId;
use crate::seal::SealKind;
use crate::seal::SealVersion;
use crate::seal::Size;
use crate::time::Instant;
use crate::time::Period;

use super::LabError;
use super::Who;

const ORGANIZATION: &[u8] = include_bytes!("pictures/organization.png");
const FINANCE: &[u8] = include_bytes!("pictures/finance.png");
const PERSON: &[u8] = include_bytes!("pictures/person.png");

/// The seals of the office, and those that strangers made in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Which {
    /// 示例市数据局, for [`Who::Organization`].
    Organization,
    /// 示例市数据局财务专用章, for [`Who::Finance`].
    Finance,
    /// 示例用户, for [`Who::Person`].
    Person,
    /// The organization's seal of last year, past its period.
    Expired,
    /// A seal for [`Who::Departed`], made before the revocation.
    Departed,
    /// A seal that a later version lets the office suspend.
    Suspended,
    /// A seal that a later version lets the office revoke.
    Withdrawn,
    /// The organization's seal by a maker outside trust, [`Who::ForeignMaker`].
    Foreign,
    /// The organization's seal by a maker and for a signer that certified themselves.
    SelfMade,
}

impl Which {
    /// Every seal.
    pub const ALL: &[Self] = &[
        Self::Organization,
        Self::Finance,
        Self::Person,
        Self::Expired,
        Self::Departed,
        Self::Suspended,
        Self::Withdrawn,
        Self::Foreign,
        Self::SelfMade,
    ];

    /// The stable word, also the name of files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Finance => "finance",
            Self::Person => "person",
            Self::Expired => "expired",
            Self::Departed => "departed",
            Self::Suspended => "suspended",
            Self::Withdrawn => "revoked",
            Self::Foreign => "foreign",
            Self::SelfMade => "self-made",
        }
    }

    /// Who made it.
    pub(super) const fn maker(self) -> Who {
        match self {
            Self::Foreign => Who::ForeignMaker,
            Self::SelfMade => Who::SelfMadeMaker,
            _ => Who::Maker,
        }
    }

    /// Who may stamp with it.
    #[must_use]
    pub const fn signer(self) -> Who {
        match self {
            Self::Finance => Who::Finance,
            Self::Person => Who::Person,
            Self::Departed => Who::Departed,
            Self::SelfMade => Who::SelfMadeOrganization,
            _ => Who::Organization,
        }
    }

    pub(super) const fn picture(self) -> &'static [u8] {
        match self {
            Self::Finance => FINANCE,
            Self::Person | Self::Departed => PERSON,
            _ => ORGANIZATION,
        }
    }

    /// The printed size, square, in millimetres.
    pub(super) const fn size_mm(self) -> u16 {
        match self {
            Self::Finance => 38,
            Self::Person | Self::Departed => 20,
            _ => 42,
        }
    }

    /// What the maker is asked for, and when it was made; `now` is the office's present.
    pub(super) fn draft(self, signer: Certificate, now: Instant) -> Result<(SealDraft, Instant), LabError> {
        let (id, name, kind) = match self {
            Self::Organization | Self::Foreign | Self::SelfMade => {
                ("33010600000001", "示例市数据局", SealKind::ORGANIZATION)
            }
            Self::Finance => ("33010600000002", "示例市数据局财务专用章", SealKind::FINANCE),
            Self::Person => ("33010600000003", "示例用户", SealKind::PERSON),
            Self::Expired => ("33010600000004", "示例市数据局", SealKind::ORGANIZATION),
            Self::Departed => ("33010600000005", "示例离任用户", SealKind::PERSON),
            Self::Suspended => ("33010600000006", "示例市数据局（停用）", SealKind::ORGANIZATION),
            Self::Withdrawn => ("33010600000007", "示例市数据局（作废）", SealKind::ORGANIZATION),
        };
        let made = now.plus_days(-400);
        let validity = match self {
            Self::Expired => Period::new(made, now.plus_days(-35)).map_err(|_| LabError::lost("a period"))?,
            _ => Period::years(made, 3),
        };
        let picture = picture(self.picture(), self.size_mm())?;
        let id = SealId::new(id)?;
        let signers = vec![signer];
        let version = SealVersion::V4;
        Ok((SealDraft { id, name: name.into(), kind, picture, signers, validity, vendor: None, version }, made))
    }
}

fn picture(png: &[u8], side_mm: u16) -> Result<Picture, PictureError> {
    Picture::png(png.to_vec(), Size::mm(side_mm, side_mm)?)
}

//! Which clause asks which question. A clause nobody here has read says so.

use crate::seal::SealVersion;

use super::Check;

/// The clause for a question about a seal signature, or about the seal alone.
pub(super) const fn clause(check: Check, version: SealVersion, alone: bool) -> &'static str {
    match check {
        Check::Coverage => "ISO 32000-1, 12.8.1",
        Check::LaterChanges => "ISO 32000-1, 12.8.2.2",
        Check::PictureShown => "ISO 32000-1, 12.5.5",
        Check::References => "GB/T 33190-2016, 18",
        Check::SealState => "GB/T 38540-2020 (clause not checked)",
        Check::SignerChain
        | Check::SignerPeriod
        | Check::SignerUsage
        | Check::SignerRevocation
        | Check::MakerChain
        | Check::MakerPeriod
        | Check::MakerUsage
        | Check::MakerRevocation => "GB/T 20518-2018; RFC 5280, 6.1",
        Check::SealSignature | Check::SealPeriod => seal(version),
        _ if alone => seal(version),
        _ => match version {
            SealVersion::V1 => "GM/T 0031-2014, 6.2.3",
            SealVersion::V4 => "GB/T 38540-2020, 7.3",
            SealVersion::V5 => "GM/T 0031-2025 (clause not checked)",
        },
    }
}

const fn seal(version: SealVersion) -> &'static str {
    match version {
        SealVersion::V1 => "GM/T 0031-2014, 6.1.2",
        SealVersion::V4 => "GB/T 38540-2020, 6.3",
        SealVersion::V5 => "GM/T 0031-2025 (clause not checked)",
    }
}

/// The clause for a question about a plain signature or a document time stamp.
pub(super) const fn message_clause(check: Check) -> &'static str {
    match check {
        Check::Coverage | Check::LaterChanges | Check::SignerChain | Check::SignerPeriod => {
            clause(check, SealVersion::V4, false)
        }
        Check::SignerUsage | Check::SignerRevocation => clause(check, SealVersion::V4, false),
        Check::Timestamp => "RFC 3161",
        _ => "GB/T 35275-2017 (clause not checked); RFC 5652, 5.6",
    }
}

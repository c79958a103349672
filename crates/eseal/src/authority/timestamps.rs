use crate::audit::Note;
use crate::registry::Change;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Standing;
use crate::registry::TimestampRecord;
use crate::sm::sm3;
use crate::timestamp::TimestampAuthority;
use crate::timestamp::TimestampResponse;

use super::ATTEMPTS;
use super::AuthorityError;

/// Answers a request for a time stamp (签发时间戳) at the time of the note: the stamp gets the registry's next serial
/// number and is remembered. A refusal is remembered by nobody.
///
/// # Errors
/// [`AuthorityError::IssuerNotActive`] when the authority's certificate is on hold or revoked;
/// [`AuthorityError::Timestamp`], [`AuthorityError::Registry`]. Then nothing was stamped.
pub fn respond_with_timestamp(
    authority: &TimestampAuthority<'_>,
    request: &[u8],
    registry: &mut dyn Registry,
    note: &Note,
) -> Result<TimestampResponse, AuthorityError> {
    let own = authority.certificate();
    let record = registry.certificate(own.serial())?.filter(|record| record.der == own.as_der());
    if let Some(standing) =
        record.map(|record| record.standing(note.at)).filter(|standing| *standing != Standing::Active)
    {
        return Err(AuthorityError::IssuerNotActive { standing });
    }
    for attempt in 1.. {
        let serial = registry.last_timestamp_serial()?.saturating_add(1);
        let response = authority.respond(request, serial, note.at)?;
        let Some(token) = response.token() else { return Ok(response) };
        let record = TimestampRecord {
            serial,
            at: token.at(),
            imprint: token.imprint().hash().to_vec(),
            sm3: sm3(token.as_der()),
        };
        match registry.write(&[Change::TimestampIssued(record)], note) {
            Err(RegistryError::TimestampTaken { .. }) if attempt < ATTEMPTS => {}
            written => return written.map(|_| response).map_err(Into::into),
        }
    }
    unreachable!("the last attempt returns")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Authority;
    use crate::authority::revoke;
    use crate::cert::CertificateRequest;
    use crate::cert::Issuer;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::Reason;
    use crate::key::SoftSigner;
    use crate::registry::Cursor;
    use crate::registry::MemoryRegistry;
    use crate::registry::verify_registry;
    use crate::sm::SecretKey;
    use crate::time::Instant;
    use crate::time::Period;
    use crate::timestamp::ImprintHash;
    use crate::timestamp::Rejection;
    use crate::timestamp::TimestampRequest;

    fn signer(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    #[test]
    fn stamps_are_numbered_and_remembered_and_refusals_are_not() {
        let note = Note::new(Instant::from_unix(1_795_000_000), "registrar");
        let mut registry = MemoryRegistry::new();
        let name = |text| Name::parse(text).unwrap();
        let years = |years| Period::years(note.at, years);
        let root = Authority::found(&name("CN=fake"), &signer(1), years(9), &mut registry, &note).unwrap();
        let issuer = Issuer::new(root, signer(1)).unwrap();
        let request = CertificateRequest::new(&name("CN=tsa"), &signer(2)).unwrap();
        let own = Authority::new(&issuer, &mut registry).issue(&request, &Profile::tsa(), years(1), &note).unwrap();
        let serial = own.serial().clone();
        let tsa = TimestampAuthority::new(own, signer(2), "1.2.3.4.1").unwrap();

        let imprint = ImprintHash::Sm3.imprint(b"x");
        let asked = TimestampRequest::new(&imprint, None).unwrap();
        for number in 1..=3_u8 {
            let response = respond_with_timestamp(&tsa, asked.as_der(), &mut registry, &note).unwrap();
            assert_eq!(response.token_for(&asked).unwrap().serial(), [number]);
        }
        let refused = respond_with_timestamp(&tsa, b"hello", &mut registry, &note).unwrap();
        assert_eq!(refused.rejection(), Some(Rejection::BadDataFormat));
        let kept = registry.timestamps(Cursor::START, 10).unwrap().records;
        assert_eq!(kept.iter().map(|record| record.serial).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(kept[2].imprint, imprint.hash());
        verify_registry(&registry).unwrap().unwrap();

        revoke(&mut registry, &serial, Reason::Superseded, None, &note).unwrap();
        let error = respond_with_timestamp(&tsa, asked.as_der(), &mut registry, &note).unwrap_err();
        assert_eq!(error.code(), "authority-issuer-not-active");
        assert_eq!(registry.last_timestamp_serial().unwrap(), 3);
    }
}

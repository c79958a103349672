//! The office in the home: its registry and its authorities' tokens.
//!
//! `eseal.db` is the registry, `keys/root.token`, `keys/issuing.token`, `keys/maker.token`, `keys/tsa.token`, `keys/unlocker.token`
//! and `keys/escrow.token` hold the keys behind one PIN, `device.key` is the secret of the device that the tokens are bound to.

use std::path::{Path, PathBuf};

use eseal::audit::Note;
use eseal::authority::{self, ListScope};
use eseal::cert::{
    Certificate, CertificateRequest, Issuer, Name, ProfileSet, RequestDialect, RevocationList, SerialNumber, Services,
};
use eseal::key::PublicKey;
use eseal::registry::{CertificateRecord, KeyId, Registry, RegistryError};
use eseal::seal::{Seal, SealDraft, SealMaker};
use eseal::time::Period;
use eseal::token::{
    KdfCost, KeyUse, NewToken, Pin, Recovery, Session, Token, TokenDecrypter, TokenFile, TokenPolicy, TokenSigner,
};
use eseal_store::{Store, StoreUrl};

use crate::configuration;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted};
use crate::signer::{self, create_private_folder};

/// An authority of the office, by its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// The root (根 CA).
    Root,
    /// The one that issues to holders (签发 CA).
    Issuing,
    /// The seal maker (制章者).
    Maker,
    /// The time-stamp authority (时间戳服务).
    Tsa,
    /// The one that permits tokens to be unlocked (解锁机构).
    Unlocker,
    /// The key to which encryption keys are archived (密钥托管).
    Escrow,
}

impl Authority {
    /// All of them, in the order in which they are made.
    pub(crate) const ALL: [Self; 6] = [Self::Root, Self::Issuing, Self::Maker, Self::Tsa, Self::Unlocker, Self::Escrow];

    const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuing => "issuing",
            Self::Maker => "maker",
            Self::Tsa => "tsa",
            Self::Unlocker => "unlocker",
            Self::Escrow => "escrow",
        }
    }

    /// Its token in an office.
    pub(crate) fn token(self, home: &Path) -> PathBuf {
        home.join("keys").join(format!("{}.token", self.word()))
    }
}

/// Where the registry is: `--store`, `ESEAL_STORE`, else `eseal.db` in the home.
pub(crate) fn store(context: &Context, home: &Path) -> Outcome<StoreUrl> {
    match &context.globals.store {
        Some(url) => Ok(StoreUrl::parse(url)?),
        None => Ok(StoreUrl::Sqlite(home.join("eseal.db"))),
    }
}

pub(crate) fn registry(context: &Context) -> Outcome<Box<dyn Store>> {
    Ok(store(context, &context.home()?)?.open()?)
}

/// What the registry knows of the certificate of this serial number.
pub(crate) fn record(context: &Context, serial: &SerialNumber) -> Outcome<CertificateRecord> {
    let unknown = || RegistryError::UnknownCertificate { serial: serial.to_string() };
    Ok(registry(context)?.certificate(serial)?.ok_or_else(unknown)?)
}

/// Who acts, for the audit log.
pub(crate) fn note(context: &Context) -> Note {
    let who = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    Note::new(context.now, format!("eseal ({})", who.filter(|who| !who.is_empty()).unwrap_or_else(|| "-".into())))
}

/// Who acts, and what was accepted against the rule: that shall be found later.
pub(crate) fn note_about<'r>(context: &Context, requests: impl IntoIterator<Item = &'r CertificateRequest>) -> Note {
    let mut note = note(context);
    if requests.into_iter().any(|request| request.dialect() == RequestDialect::EmptyId) {
        note.actor.push_str("; accepted: empty SM2 identifier");
    }
    note
}

/// Opens an authority's key.
pub(crate) fn key(
    context: &Context,
    which: Authority,
    pin: Option<&PinSource>,
    wanted: Wanted,
) -> Outcome<(Certificate, TokenSigner)> {
    let path = which.token(&context.home()?);
    let session = signer::log_in(context, &path, pin, wanted)?;
    signer::signing_key(&session, &path, |_| true)
}

/// An authority's certificate; needs no PIN.
pub(crate) fn certificate(context: &Context, which: Authority) -> Outcome<Certificate> {
    let path = which.token(&context.home()?);
    let (_, info) = signer::token_info(&path)?;
    let newest = info.objects.into_iter().rev().find_map(|object| object.certificates.into_iter().next_back());
    newest.ok_or_else(|| Failure::new("token-no-certificate").at(&path))
}

/// An authority at work: its issuer, opened by the PIN of its key, and the registry.
pub(crate) struct Acting {
    issuer: Issuer<'static>,
    decrypter: TokenDecrypter,
    registry: Box<dyn Store>,
    profiles: ProfileSet,
    escrow: Option<PublicKey>,
}

impl Acting {
    /// Opens the registry and an authority's key.
    pub(crate) fn open(context: &Context, which: Authority, pin: Option<&PinSource>) -> Outcome<Self> {
        let profiles = configuration::profiles(context)?;
        let registry = registry(context)?;
        let path = which.token(&context.home()?);
        let session = signer::log_in(context, &path, pin, Wanted::KEY_PIN)?;
        let (own, signer) = signer::signing_key(&session, &path, |_| true)?;
        let decrypter = session.decrypter(&own).map_err(|error| Failure::from(error).at(&path))?;
        Ok(Self { issuer: Issuer::new(own, signer)?, decrypter, registry, profiles, escrow: escrow(context)? })
    }

    /// The authority, and its key as one that opens what was encrypted to it.
    pub(crate) fn with_decrypter(&mut self) -> (authority::Authority<'_>, &TokenDecrypter) {
        let authority = authority::Authority::new(&self.issuer, &mut *self.registry).profiles(self.profiles.clone());
        let authority = match &self.escrow {
            Some(key) => authority.escrow(key),
            None => authority,
        };
        (authority, &self.decrypter)
    }

    /// The authority.
    pub(crate) fn authority(&mut self) -> authority::Authority<'_> {
        self.with_decrypter().0
    }
}

/// The key to which encryption keys are archived; an office of before there was one has none.
fn escrow(context: &Context) -> Outcome<Option<PublicKey>> {
    if !Authority::Escrow.token(&context.home()?).exists() {
        return Ok(None);
    }
    Ok(Some(certificate(context, Authority::Escrow)?.public_key()?.clone()))
}

/// Says that the encryption keys of pairs are not archived, if they are not: nobody shall find that out when one is lost.
pub(crate) fn tell_unarchived(context: &Context) -> Outcome<()> {
    if escrow(context)?.is_none() {
        context.output.note(&context.text("text-pair-not-archived", &[]));
    }
    Ok(())
}

/// The authority of this office that issued a certificate.
pub(crate) fn issuer_of(context: &Context, record: &CertificateRecord) -> Outcome<Authority> {
    for which in [Authority::Issuing, Authority::Root] {
        if KeyId::of(certificate(context, which)?.public_key()?) == record.issuer_key {
            return Ok(which);
        }
    }
    Err(Failure::new("authority-not-issued-here").with("serial", record.serial.to_string()))
}

/// What new revocation lists shall be about.
pub(crate) enum Lists {
    /// One list.
    One(ListScope),
    /// A list for every distribution point that the configuration names; the whole one where it is not split.
    AllPoints,
}

/// Signs new revocation lists; all points in the order of their numbers.
pub(crate) fn revocation_lists(
    context: &Context,
    which: Authority,
    pin: Option<&PinSource>,
    lists: &Lists,
    days: u32,
) -> Outcome<Vec<RevocationList>> {
    let scopes = match lists {
        Lists::One(scope) => vec![scope.clone()],
        // Before anybody is asked for a PIN.
        Lists::AllPoints => points(configuration::profiles(context)?.services(), &certificate(context, which)?)?,
    };
    let mut acting = Acting::open(context, which, pin)?;
    let mut authority = acting.authority();
    let next = context.now.plus_days(i64::from(days));
    scopes.iter().map(|scope| Ok(authority.revocation_list(scope, next, &note(context))?)).collect()
}

fn points(services: &Services, own: &Certificate) -> Outcome<Vec<ListScope>> {
    match services.crl() {
        None => Err(Failure::new("crl-no-points")),
        Some(template) if !template.is_sharded() => Ok(vec![ListScope::Full]),
        Some(_) => {
            let points = services.points(own.subject_key_id().unwrap_or_default());
            Ok(points.into_iter().map(ListScope::Point).collect())
        }
    }
}

/// Makes a seal with the office's maker and remembers it.
pub(crate) fn make_seal(context: &Context, pin: Option<&PinSource>, draft: &SealDraft) -> Outcome<Seal> {
    let mut registry = registry(context)?;
    let (own, signer) = key(context, Authority::Maker, pin, Wanted::PIN)?;
    let maker = SealMaker::new(own, &signer)?;
    let organization = draft.signers.first().and_then(|signer| signer.subject().organization());
    Ok(authority::make_seal(&maker, draft, organization, &mut registry, &note(context))?)
}

/// What a new office is made from.
pub(crate) struct Founding<'f> {
    /// The root's name.
    pub(crate) root: Name,
    /// The issuing authority's name; made from the root's when there is none.
    pub(crate) issuing: Option<Name>,
    /// Days that the root is valid; what its profile says when there is no number.
    pub(crate) days: Option<u32>,
    /// The PIN of all its tokens.
    pub(crate) pin: &'f Pin,
    /// What a guess at it costs.
    pub(crate) kdf: KdfCost,
}

/// Makes an office: registry, root, issuing authority, seal maker, time-stamp authority, unlocker and escrow.
pub(crate) fn found(context: &Context, founding: &Founding<'_>) -> Outcome<()> {
    let home = context.home()?;
    let store = store(context, &home)?;
    let profiles = configuration::profiles(context)?;
    for which in Authority::ALL {
        let path = which.token(&home);
        if std::fs::symlink_metadata(&path).is_ok() {
            return Err(Failure::new("office-exists").at(&home));
        }
    }
    // Before anything is made: half an office would be in the way of the next try.
    founding.pin.check_strength(TokenPolicy::LEAST_PIN_LENGTH, &[])?;
    create_private_folder(&home.join("keys"))?;
    let device = signer::device_secret_or_new(context)?;
    // The registry comes first: what cannot be remembered must not be signed.
    let mut registry = store.create()?;
    let note = note(context);
    let new_token = |which: Authority, key_use: KeyUse| -> Outcome<(Session, TokenDecrypter)> {
        let path = which.token(&home);
        let located = |error| Failure::from(error).at(&path);
        let new = NewToken {
            kdf: founding.kdf,
            recovery: Recovery::None,
            ..NewToken::device(which.word(), founding.pin, &device)
        };
        let (mut session, _) = Token::create_open(TokenFile::new(&path), new, context.now).map_err(located)?;
        let id = session.generate_key(key_use).map_err(located)?;
        let key = session.decrypter(id).map_err(located)?;
        Ok((session, key))
    };
    let (mut root_token, root_key) = new_token(Authority::Root, KeyUse::Sign)?;
    let root_signer = root_token.signer(root_key.key_id())?;
    let days = founding.days.unwrap_or(profiles.find("root")?.default_days());
    let period = Period::days(context.now, days);
    let root = authority::Authority::found(&founding.root, &root_signer, period, &mut registry, &note)?;
    root_token.install(std::slice::from_ref(&root))?;

    let issuing_name = match &founding.issuing {
        Some(name) => name.clone(),
        None => beside(&founding.root, "Issuing")?,
    };
    let root_issuer = Issuer::new(root, root_signer)?;
    let (mut issuing_token, issuing_key) = new_token(Authority::Issuing, KeyUse::Sign)?;
    let issuing_signer = issuing_token.signer(issuing_key.key_id())?;
    let issuing = issue_to(&root_issuer, &mut registry, &note, &issuing_name, &issuing_key, (&profiles, "sub-ca"))?;
    issuing_token.install(std::slice::from_ref(&issuing))?;

    let issuing_issuer = Issuer::new(issuing, issuing_signer)?;
    for (which, suffix, profile, key_use) in [
        (Authority::Maker, "Seal Maker", "seal-maker", KeyUse::Sign),
        (Authority::Tsa, "TSA", "tsa", KeyUse::Sign),
        (Authority::Unlocker, "Unlocker", "unlocker", KeyUse::Sign),
        (Authority::Escrow, "Escrow", "encryption", KeyUse::Encrypt),
    ] {
        let (mut token, key) = new_token(which, key_use)?;
        let name = beside(&founding.root, suffix)?;
        let certificate = issue_to(&issuing_issuer, &mut registry, &note, &name, &key, (&profiles, profile))?;
        token.install(&[certificate])?;
    }
    Ok(())
}

fn issue_to(
    issuer: &Issuer<'_>,
    registry: &mut dyn Registry,
    note: &Note,
    subject: &Name,
    key: &TokenDecrypter,
    (profiles, profile): (&ProfileSet, &str),
) -> Outcome<Certificate> {
    use eseal::key::Decrypter;
    let profile = profiles.find(profile)?;
    let mut authority = authority::Authority::new(issuer, registry).profiles(profiles.clone());
    let validity = authority.default_validity(&profile, note.at);
    let order = authority::Order::new(subject, key.public_key(), &profile, validity);
    let mut issued = authority.issue_all(&[order], note)?;
    Ok(issued.pop().expect("one order, one answer").signing)
}

/// A name like the root's, for an authority beside it.
fn beside(root: &Name, suffix: &str) -> Outcome<Name> {
    let common = format!("{} {suffix}", root.common_name().unwrap_or_else(|| "eseal".into()));
    let mut parts = vec![format!("CN={}", escaped(&common))];
    parts.extend(root.organization().map(|organization| format!("O={}", escaped(&organization))));
    parts.push("C=CN".into());
    Ok(Name::parse(&parts.join(","))?)
}

/// A value as RFC 4514 writes it inside a name.
pub(crate) fn escaped(value: &str) -> String {
    let mut text = String::new();
    for (index, c) in value.char_indices() {
        if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') || (index == 0 && matches!(c, '#' | ' ')) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

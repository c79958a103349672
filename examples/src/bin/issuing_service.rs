//! A service that issues pairs (双证) from a library call: request in, answer out, everything remembered.
//!
//! `cargo run -p eseal-examples --bin issuing_service -- FOLDER`
//!
//! Takes the CA of the example `issue` and answers each `FOLDER/inbox/NAME.req` with `FOLDER/outbox/NAME.resp`. It can be
//! stopped at any time: an application is named after its number, so it is filled once however often it comes.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;

use eseal::audit::Note;
use eseal::authority::{Authority, AuthorityError, Filled, Issued, Order};
use eseal::cert::{CertificateRequest, Issuer, Name, ProfileSet, Services};
use eseal::key::{KeyError, PublicKey, SignDigest, Signature, Signer};
use eseal::time::Instant;
use eseal_store::{Store, StoreUrl};

/// What a service needs to issue. One is enough for any number of threads that hand it requests in turn.
struct Service {
    issuer: Issuer<'static>,
    registry: Box<dyn Store>,
    profiles: ProfileSet,
}

/// What an official approved: the registrar's word about who gets a certificate, not the request's.
struct Application<'a> {
    number: &'a str,
    subject: Name,
    organization_code: Option<String>,
    request: CertificateRequest,
}

impl Service {
    /// The library call. What cannot be remembered is not handed out.
    fn issue(&mut self, application: &Application<'_>, now: Instant) -> Result<Issued, AuthorityError> {
        let profile = self.profiles.find("person")?;
        let mut authority = Authority::new(&self.issuer, &mut *self.registry).profiles(self.profiles.clone());
        let validity = authority.default_validity(&profile, now);
        let key = application.request.public_key();
        let order = Order::new(&application.subject, key, &profile, validity).pair().named(application.number);
        let order = Order { organization: application.organization_code.clone(), ..order };
        let mut issued = authority.issue_all(&[order], &Note::new(now, "issuing service"))?;
        Ok(issued.remove(0))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let [folder] = eseal_examples::arguments("issuing_service FOLDER")?;
    let folder = Path::new(&folder);
    let now = eseal_examples::now()?;
    let certificate = eseal_examples::certificate(folder, "issuing")?;
    let signer = Elsewhere { key: certificate.public_key()?.clone(), folder: folder.to_owned() };
    let url = StoreUrl::Sqlite(folder.join("registry.db"));
    let store = if folder.join("registry.db").exists() { url.open()? } else { url.create()? };
    let services = Services::default().with_crl("http://crl.example.cn/{issuer}.crl", 1)?;
    let mut service = Service {
        issuer: Issuer::new(certificate, signer)?,
        registry: store,
        profiles: ProfileSet::standard().with_services(services),
    };

    fs::create_dir_all(folder.join("outbox"))?;
    for entry in fs::read_dir(folder.join("inbox"))? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a file without a name")?;
        // Parsed is proven: whoever made the request has the key.
        let request = CertificateRequest::from_bytes(&fs::read(&path)?)?;
        let application = Application {
            number,
            subject: Name::parse("CN=示例用户,O=示例市数据局,C=CN")?,
            organization_code: Some("91350100M000100Y43".into()),
            request,
        };
        match service.issue(&application, now) {
            Ok(issued) => {
                fs::write(folder.join("outbox").join(number).with_extension("resp"), issued.answer.to_der())?;
                let again = if issued.filled == Filled::Before { " (again)" } else { "" };
                println!("{number}: {}{again}", issued.signing.serial());
            }
            Err(refused) => println!("{number}: {} ({refused})", refused.code()),
        }
    }
    // What the office knows, it can prove: every record has its entry in an unbroken chain.
    eseal::registry::verify_registry(&*service.registry)??;
    Ok(())
}

/// A CA key in a module that never gives it out: it sees 32 bytes and gives back a signature. The library checks every
/// signature of such a signer before a certificate leaves it.
struct Elsewhere {
    key: PublicKey,
    folder: std::path::PathBuf,
}

impl Signer for Elsewhere {
    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        let refused = |_| KeyError::SignerRefused { reason: "module-not-there" };
        let module = eseal_examples::signer(&self.folder, "issuing").map_err(refused)?;
        module.sign_digest(digest)
    }
}

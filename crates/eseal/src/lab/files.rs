use std::fmt::Write;

use crate::document::pdf::Pdf;
use crate::stamp::Place;
use crate::stamp::Stamp;

use super::LabError;
use super::Office;
use super::PlainXref;
use super::Which;
use super::Who;
use super::broken;
use super::plain_pdf;
use super::plain_pdf_with;

/// What verifying a file has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The verdict, as `verify --json` words it.
    pub verdict: &'static str,
    /// The check that must fail, if one must.
    pub finding: Option<&'static str>,
}

impl Expected {
    const VALID: Self = Self { verdict: "valid", finding: None };
}

/// A file of the demo office.
#[derive(Clone, Debug)]
pub struct LabFile {
    /// Its path under the folder of the office, with `/`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether only its owner should read it: tokens and PINs.
    pub secret: bool,
    /// What verifying it has to say; `None` for files that are not verified.
    pub expected: Option<Expected>,
}

/// Someone of the office whom a script can stamp as: paths under the folder of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// A stable word: `stamper`, `finance`, `person`, `departed`, `outsider`.
    pub name: &'static str,
    /// The token.
    pub token: String,
    /// A file whose first line is the token's PIN.
    pub pin_file: String,
    /// The certificate, PEM.
    pub certificate: String,
    /// The seal that lists it, if one does.
    pub seal: Option<String>,
}

/// Where the PIN of the office's own tokens is.
const OFFICE_PIN: &str = "tokens/office.pin";

const STAMPERS: [(&str, Who, Option<Which>); 5] = [
    ("stamper", Who::Organization, Some(Which::Organization)),
    ("finance", Who::Finance, Some(Which::Finance)),
    ("person", Who::Person, Some(Which::Person)),
    ("departed", Who::Departed, Some(Which::Departed)),
    ("outsider", Who::Outsider, None),
];

impl Office {
    /// Every file of the office but its registry: what `eseal lab` writes, with what verifying must say of each.
    ///
    /// # Errors
    /// [`LabError`] when the office has no tokens ([`Custody::Memory`](super::Custody::Memory)), or the operating system gives no randomness.
    pub fn files(&self) -> Result<Vec<LabFile>, LabError> {
        let mut files = Vec::new();
        self.add_tokens(&mut files)?;
        self.add_trust(&mut files);
        self.add_seals(&mut files);
        files.extend(self.documents()?);
        Ok(files)
    }

    /// The unsigned, stamped and broken documents of [`files`](Self::files); needs no tokens.
    ///
    /// # Errors
    /// [`LabError`] when the operating system gives no randomness.
    pub fn documents(&self) -> Result<Vec<LabFile>, LabError> {
        let mut files = Vec::new();
        let mut add = |path: String, bytes, expected| files.push(LabFile { path, bytes, secret: false, expected });
        let notice = plain_pdf(2, "关于数据共享工作的通知");
        let contract = plain_pdf(10, "数据服务合同");
        let report = plain_pdf_with(3, "年度工作报告", PlainXref::Stream);
        for (name, bytes) in [("notice", &notice), ("contract", &contract), ("report", &report)] {
            add(format!("documents/{name}.pdf"), bytes.clone(), None);
        }
        let notice_stamped = self.stamped(&notice, Which::Organization, (141.0, 81.0))?;
        let contract_stamped = self.stamped(&contract, Which::Finance, (50.0, 220.0))?;
        let contract_twice = self.stamped(&contract_stamped, Which::Organization, (141.0, 220.0))?;
        let report_stamped = self.stamped(&report, Which::Person, (160.0, 250.0))?;
        for (name, bytes) in [
            ("notice-organization", notice_stamped),
            ("contract-finance", contract_stamped),
            ("contract-finance-organization", contract_twice),
            ("report-person", report_stamped),
        ] {
            add(format!("stamped/{name}.pdf"), bytes, Some(Expected::VALID));
        }
        for copy in broken::all(self)? {
            add(format!("broken/{}.pdf", copy.name), copy.bytes, Some(copy.expected));
        }
        Ok(files)
    }

    /// Who can stamp, for scripts; the first is the one to show.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        STAMPERS
            .iter()
            .map(|(name, who, which)| Role {
                name,
                token: format!("tokens/{}.token", who.word()),
                pin_file: format!("tokens/{}.pin", who.word()),
                certificate: format!("tokens/{}.pem", who.word()),
                seal: which.map(|which| format!("seals/{}.esl", which.word())),
            })
            .collect()
    }

    /// The file whose first line is the PIN of the office's own tokens (`office/keys/*.token`).
    #[must_use]
    pub const fn office_pin_file(&self) -> &'static str {
        OFFICE_PIN
    }

    /// Stamps page 1 in the ordinary way.
    fn stamped(&self, document: &[u8], which: Which, (x, y): (f64, f64)) -> Result<Vec<u8>, LabError> {
        let holder = self.holder(which.signer());
        let stamp = Stamp::new(self.seal(which), &holder.certificate, Place::page(1).centred_mm(x, y))?;
        Ok(stamp.apply(&Pdf::parse(document)?, holder.signer(), self.now())?.bytes)
    }

    fn add_tokens(&self, files: &mut Vec<LabFile>) -> Result<(), LabError> {
        let mut secret = |path: String, bytes| files.push(LabFile { path, bytes, secret: true, expected: None });
        for who in Who::ALL.iter().filter(|who| !who.is_stranger()) {
            let token = self.holder(*who).token.clone().ok_or_else(|| LabError::lost("a token"))?;
            let folder = if who.is_authority() { "office/keys" } else { "tokens" };
            secret(format!("{folder}/{}.token", who.word()), token);
        }
        secret(OFFICE_PIN.into(), line(Who::Root.pin()));
        for (_, who, _) in STAMPERS {
            secret(format!("tokens/{}.pin", who.word()), line(who.pin()));
        }
        secret("tokens/PINS.txt".into(), pins().into_bytes());
        Ok(())
    }

    fn add_trust(&self, files: &mut Vec<LabFile>) {
        let mut add = |path: String, bytes| files.push(LabFile { path, bytes, secret: false, expected: None });
        for who in [Who::Root, Who::Issuing] {
            add(format!("trust/{}.pem", who.word()), self.holder(who).certificate.to_pem().into_bytes());
        }
        for (who, list) in [Who::Root, Who::Issuing].iter().zip(self.revocation_lists()) {
            add(format!("trust/{}.crl", who.word()), list.as_der().to_vec());
        }
        for (_, who, _) in STAMPERS {
            add(format!("tokens/{}.pem", who.word()), self.holder(who).certificate.to_pem().into_bytes());
        }
    }

    fn add_seals(&self, files: &mut Vec<LabFile>) {
        let mut add = |path: String, bytes: &[u8]| {
            files.push(LabFile { path, bytes: bytes.to_vec(), secret: false, expected: None });
        };
        for which in Which::ALL.iter().filter(|which| !which.maker().is_stranger()) {
            add(format!("seals/{}.esl", which.word()), self.seal(*which).as_der());
        }
        for which in [Which::Organization, Which::Finance, Which::Person] {
            add(format!("seals/{}.png", which.word()), which.picture());
        }
    }
}

fn line(text: &str) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}

/// All PINs, for people.
fn pins() -> String {
    let mut text = String::from(
        "仅供演示：口令公开，派生次数远低于正式介质，不得用于任何真实用途。\n\
         Demo only: these PINs are public and the tokens cheap to guess. Never use them for real work.\n\n",
    );
    let _ = writeln!(text, "office/keys/*.token  {}", Who::Root.pin());
    for (_, who, _) in STAMPERS {
        let _ = writeln!(text, "tokens/{}.token  {}", who.word(), who.pin());
    }
    text
}

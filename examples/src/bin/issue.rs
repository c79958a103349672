//! Makes a root, an issuing CA, a seal maker (制章者) and a signer (签章者), as files in a folder.
//!
//! `cargo run -p eseal-examples --bin issue -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::Path;

use eseal::cert::{Certificate, CertificateRequest, Issuer, Name, Profile, RevocationListDraft, SerialNumber};
use eseal::key::{SecretKey, SoftSigner, secret_key_to_pkcs8};
use eseal::time::Period;

fn main() -> Result<(), Box<dyn Error>> {
    let [folder] = eseal_examples::arguments("issue FOLDER")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let now = eseal_examples::now()?;

    let root_signer = new_key(folder, "root")?;
    let subject = Name::parse("CN=示例根,O=示例市数据局,C=CN")?;
    let root = Issuer::self_signed(&subject, &root_signer, SerialNumber::random()?, Period::years(now, 20))?;
    fs::write(folder.join("root.pem"), root.to_pem())?;
    let root = Issuer::new(root, root_signer)?;

    let issuing_signer = new_key(folder, "issuing")?;
    let request = CertificateRequest::new(&Name::parse("CN=示例签发CA,O=示例市数据局,C=CN")?, &issuing_signer)?;
    let issuing = root.issue(&request, &Profile::sub_ca(), SerialNumber::random()?, Period::years(now, 10))?;
    fs::write(folder.join("issuing.pem"), issuing.to_pem())?;
    let issuing = Issuer::new(issuing, issuing_signer)?;

    for (file, common_name, profile) in
        [("maker", "示例制章", Profile::seal_maker()), ("signer", "示例用户", Profile::organization())]
    {
        let subject = Name::parse(&format!("CN={common_name},O=示例市数据局,C=CN"))?;
        let request = CertificateRequest::new(&subject, &new_key(folder, file)?)?;
        let validity = Period::years(now, 1);
        let certificate: Certificate = issuing.issue(&request, &profile, SerialNumber::random()?, validity)?;
        fs::write(folder.join(file).with_extension("pem"), certificate.to_pem())?;
    }

    // Without a revocation list nobody can tell whether a certificate still holds: an empty one says that none is revoked.
    let draft = RevocationListDraft::new(now, now.plus_days(30), 1, Vec::new());
    for (file, issuer) in [("root", &root), ("issuing", &issuing)] {
        fs::write(folder.join(file).with_extension("crl"), issuer.revocation_list(&draft)?.as_der())?;
    }
    Ok(())
}

fn new_key(folder: &Path, name: &str) -> Result<SoftSigner, Box<dyn Error>> {
    let key = SecretKey::generate()?;
    fs::write(folder.join(name).with_extension("key"), &*secret_key_to_pkcs8(&key))?;
    Ok(SoftSigner::new(key))
}

//! Makes an electronic seal (电子印章) that the signer of `issue` may use.
//!
//! `cargo run -p eseal-examples --bin make_seal -- FOLDER PICTURE.png`

use std::error::Error;
use std::fs;
use std::path::Path;

use eseal::seal::{Picture, SealDraft, SealId, SealKind, SealMaker, SealVersion, Size};
use eseal::time::Period;
use eseal_examples::{arguments, certificate, now, signer};

fn main() -> Result<(), Box<dyn Error>> {
    let [folder, picture] = arguments("make_seal FOLDER PICTURE.png")?;
    let folder = Path::new(&folder);
    let now = now()?;
    let maker_signer = signer(folder, "maker")?;
    let draft = SealDraft {
        id: SealId::new("33010600000001")?,
        name: "示例市数据局".into(),
        kind: SealKind::ORGANIZATION,
        picture: Picture::png(fs::read(picture)?, Size::mm(42, 42)?)?,
        signers: vec![certificate(folder, "signer")?],
        validity: Period::days(now, 365),
        vendor: None,
        version: SealVersion::V4,
    };
    let seal = SealMaker::new(certificate(folder, "maker")?, &maker_signer)?.make(&draft, now)?;
    fs::write(folder.join("seal.esl"), seal.as_der())?;
    Ok(())
}

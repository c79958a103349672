//! Signing any file and verifying the signature file, from end to end.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::io::Write;
use std::path::Path;

use office::{Ran, office, run};
use serde_json::Value;

const TRUSTED: [&str; 4] = ["--trust", "demo/trust", "--crl", "demo/trust"];

fn sign(folder: &Path, arguments: &[&str]) -> Ran {
    let token = ["--token", "demo/tokens/organization.token", "--pin-from", "file:demo/tokens/organization.pin"];
    run(folder, [&["sign"], arguments, &token].concat())
}

fn verify(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, [&["verify"], arguments, &TRUSTED].concat())
}

#[test]
fn a_file_of_any_kind_is_signed_and_every_byte_of_it_counts() {
    let folder = office("sign-any");
    fs::write(folder.join("合同.docx"), "not really a contract").unwrap();
    for (family, format) in [("gm", "GB/T 35275-2017"), ("rfc", "RFC 5652")] {
        let out = format!("{family}.p7s");
        let signed = sign(&folder, &["合同.docx", "-o", &out, "--family", family]);
        assert_eq!(signed.code, Some(0), "{}", signed.stderr);
        let verified = verify(&folder, &[&out, "--content", "合同.docx", "--json"]);
        assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
        let report: Value = serde_json::from_str(&verified.stdout).unwrap();
        assert_eq!((report["schema"].as_str(), report["verdict"].as_str()), (Some("eseal.verify/1"), Some("valid")));
        let stamp = &report["files"][0]["stamps"][0];
        assert_eq!((stamp["kind"].as_str(), stamp["format"].as_str()), (Some("signature"), Some(format)));
        for check in ["format", "signature", "document-hash", "signer-chain", "signer-period", "signer-usage"] {
            let asked = stamp["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check).unwrap();
            assert_eq!(asked["outcome"], "pass", "{check}");
        }

        let alone = verify(&folder, &[&out]);
        assert_eq!(alone.code, Some(3), "{}", alone.stdout);
        assert!(alone.stdout.contains("document-not-given"), "{}", alone.stdout);
        let untrusted = run(&folder, ["verify", &out, "--content", "合同.docx"]);
        assert_eq!(untrusted.code, Some(3));
        assert!(untrusted.stdout.contains("chain-no-trust"));
    }
    fs::write(folder.join("changed.docx"), "not really a contracT").unwrap();
    let changed = verify(&folder, &["gm.p7s", "--content", "changed.docx"]);
    assert_eq!(changed.code, Some(1));
    assert!(changed.stdout.contains("document-hash-mismatch"), "{}", changed.stdout);
}

#[test]
fn a_file_inside_its_signature_needs_nothing_else() {
    let folder = office("sign-attached");
    fs::write(folder.join("note.txt"), "a note").unwrap();
    for more in [&["--attached"][..], &["--attached", "--no-attributes"]] {
        let arguments = [&["note.txt", "-o", "note.p7s", "--force"], more].concat();
        assert_eq!(sign(&folder, &arguments).code, Some(0));
        assert_eq!(verify(&folder, &["note.p7s"]).code, Some(0));
        assert_eq!(verify(&folder, &["note.p7s", "--content", "note.txt"]).code, Some(0));
        let other = verify(&folder, &["note.p7s", "--content", "demo/lab.json"]);
        assert_eq!(other.code, Some(1), "{}", other.stdout);
    }
    let bytes = fs::read(folder.join("note.p7s")).unwrap();
    let at = bytes.windows(6).position(|window| window == b"a note").unwrap();
    let mut changed = bytes;
    changed[at] = b'A';
    fs::write(folder.join("changed.p7s"), changed).unwrap();
    assert_eq!(verify(&folder, &["changed.p7s"]).code, Some(1));
}

#[test]
fn many_files_are_signed_into_a_folder_with_one_line_each() {
    let folder = office("sign-many");
    for name in ["one.txt", "two.txt"] {
        fs::write(folder.join(name), name).unwrap();
    }
    let signed = sign(&folder, &["one.txt", "missing.txt", "two.txt", "--out-dir", "out", "--jsonl"]);
    assert_eq!(signed.code, Some(6), "{}", signed.stderr);
    let lines: Vec<Value> = signed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["out"], "out/one.txt.p7s");
    assert_eq!(lines[1]["error"]["code"], "input-unreadable");
    assert_eq!((lines[3]["kind"].as_str(), lines[3]["failed"].as_u64()), (Some("summary"), Some(1)));
    for name in ["one.txt", "two.txt"] {
        assert_eq!(verify(&folder, &[&format!("out/{name}.p7s"), "--content", name]).code, Some(0));
    }
    let crossed = verify(&folder, &["out/one.txt.p7s", "--content", "two.txt"]);
    assert_eq!(crossed.code, Some(1));
    let again = sign(&folder, &["one.txt", "--out-dir", "out"]);
    assert_eq!(again.code, Some(5), "{}", again.stderr);
}

#[test]
fn a_file_larger_than_memory_would_like_is_signed_and_verified_piece_by_piece() {
    let folder = office("sign-large");
    // A hole in the file: no disk is filled.
    fs::File::create(folder.join("large.bin")).unwrap().set_len(300 << 20).unwrap();
    let signed = sign(&folder, &["large.bin", "-o", "large.p7s"]);
    assert_eq!(signed.code, Some(0), "{}", signed.stderr);
    assert!(fs::metadata(folder.join("large.p7s")).unwrap().len() < 4096);
    #[cfg(target_os = "linux")]
    {
        // The whole file would not fit into this much address space.
        let limited = format!(
            "ulimit -v 262144; exec {} verify large.p7s --content large.bin --trust demo/trust --crl demo/trust",
            env!("CARGO_BIN_EXE_eseal")
        );
        let ran = std::process::Command::new("sh").current_dir(&folder).args(["-c", &limited]).output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    let refused = sign(&folder, &["large.bin", "-o", "inside.p7s", "--attached"]);
    assert_eq!(refused.code, Some(6));
    assert!(refused.stderr.contains("input-too-large"), "{}", refused.stderr);
    assert!(!folder.join("inside.p7s").exists());
}

#[test]
fn messages_of_others_are_verified_and_their_kinds_told() {
    let Some(shared) = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").canonicalize().ok() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped");
        let _ = writeln!(std::io::stderr(), "skipped: ../shared is not there");
        return;
    };
    let folder = office("sign-others");
    let samples = shared.join("samples/vectors");
    let path = |name: &str| samples.join(name).to_string_lossy().into_owned();
    let pki = [path("pki/root.pem"), path("pki/sub.pem")];
    let trusted = ["--trust", &pki[0], "--trust", &pki[1], "--revocation", "none", "--at", "2027-06-01T00:00:00Z"];
    let code = |name: &str| run(&folder, [&["verify", path(name).as_str()][..], &trusted].concat()).code;
    assert_eq!(code("cms/gbt35275-attached-noattrs.der"), Some(0));
    assert_eq!(code("cms/gbt35275-tampered.der"), Some(1));
    assert_eq!(code("cms/gmssl-chain.p7b.pem"), Some(4));
    // A chain in a message is taken wherever certificates are.
    let chain = path("cms/gmssl-chain.p7b.pem");
    let with_chain =
        run(&folder, [&["verify", &path("cms/gbt35275-tampered.der"), "--trust", &chain][..], &trusted].concat());
    assert_eq!(with_chain.code, Some(1), "{}", with_chain.stderr);
    fs::write(folder.join("note.txt"), "a note").unwrap();
    assert_eq!(sign(&folder, &["note.txt", "-o", "note.p7s", "--chain", &chain]).code, Some(0));
    let shown = run(&folder, ["inspect", "note.p7s"]);
    assert!(shown.stdout.matches("is a CA").count() >= 3, "{}", shown.stdout);
    // The token follows the status in a response.
    let response = fs::read(path("tsp/tsr-sm3-ess2sm3.der")).unwrap();
    let status = usize::from(response[5]) + 2;
    fs::write(folder.join("stamp.tst"), &response[4 + status..]).unwrap();
    let stamp = run(&folder, ["verify", "stamp.tst"]);
    assert!(stamp.code == Some(6) && stamp.stderr.contains("media-timestamp"), "{}", stamp.stderr);
    let enveloped = run(&folder, ["verify", &path("cms/gbt35275-enveloped.der")]);
    assert!(enveloped.code == Some(6) && enveloped.stderr.contains("cms-not-signed"), "{}", enveloped.stderr);
}

#[test]
fn content_belongs_to_one_signature_file() {
    let folder = office("sign-usage");
    let document = "demo/documents/notice.pdf";
    let none = verify(&folder, &[document, "--content", document]);
    assert!(none.code == Some(6) && none.stderr.contains("media-no-message"), "{}", none.stderr);
    let two = verify(&folder, &[document, document, "--content", document]);
    assert!(two.code == Some(2) && two.stderr.contains("usage-content-one-file"), "{}", two.stderr);
}

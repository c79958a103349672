//! Chains signed with RSA and ECDSA, made by OpenSSL: verified where the policy lists the algorithm, and never without.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eseal::cert::{
    AlgorithmPolicy, AnchorPeriod, Answer, Cause, Certificate, LinkAlgorithm, PathJudgement, PathValidator, Purpose,
    RevocationList, RevocationPolicy, Trust,
};

use crate::support::{run, tool};

/// A root, an intermediate and a leaf below it with keys of one kind, signed in one way; and the root's list.
struct Chain {
    root: Certificate,
    sub: Certificate,
    leaf: Certificate,
    lists: Vec<RevocationList>,
}

struct Maker {
    openssl: PathBuf,
    folder: tempfile::TempDir,
}

const CONFIG: &str = "\
[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nCN=x\n
[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n
[leaf]\nkeyUsage=critical,digitalSignature\n
[authority]\ndatabase=index.txt\ncrlnumber=number\n";

impl Maker {
    fn new() -> Option<Self> {
        let (openssl, folder) = (tool("openssl")?, tempfile::tempdir().unwrap());
        fs::write(folder.path().join("c.cnf"), CONFIG).unwrap();
        Some(Self { openssl, folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn openssl(&self, arguments: &str, more: &[&str]) {
        let mut command = Command::new(&self.openssl);
        run(command.current_dir(self.path()).args(arguments.split(' ')).args(more));
    }

    fn chain(&self, key: &[&str], sign: &[&str]) -> Chain {
        for name in ["root", "sub", "leaf"] {
            self.openssl(&format!("genpkey -out {name}.key"), key);
        }
        self.openssl(
            "req -x509 -new -config c.cnf -key root.key -subj /CN=root -days 30 -extensions ca -out root.pem",
            sign,
        );
        for (name, by, kind) in [("sub", "root", "ca"), ("leaf", "sub", "leaf")] {
            self.openssl(&format!("req -new -config c.cnf -key {name}.key -subj /CN={name} -out {name}.csr"), sign);
            let issue = format!(
                "x509 -req -in {name}.csr -CA {by}.pem -CAkey {by}.key -days 20 -extfile c.cnf -extensions {kind} -out {name}.pem"
            );
            self.openssl(&issue, sign);
        }
        fs::write(self.path().join("index.txt"), "").unwrap();
        fs::write(self.path().join("number"), "01\n").unwrap();
        let lists = ["root", "sub"].map(|by| {
            let list = format!(
                "ca -config c.cnf -name authority -gencrl -crldays 10 -cert {by}.pem -keyfile {by}.key -out {by}.crl"
            );
            // This subcommand wants the name of the hash in an option of its own.
            let hash = sign[0].trim_start_matches('-');
            self.openssl(&format!("{list} -md {hash}"), &sign[1..]);
            RevocationList::from_bytes(&fs::read(self.path().join(format!("{by}.crl"))).unwrap()).unwrap()
        });
        let read = |name: &str| Certificate::from_bytes(&fs::read(self.path().join(name)).unwrap()).unwrap();
        Chain { root: read("root.pem"), sub: read("sub.pem"), leaf: read("leaf.pem"), lists: lists.into() }
    }
}

impl Chain {
    fn judge(&self, policy: AlgorithmPolicy) -> PathJudgement {
        let at = self.leaf.validity().from().plus_days(1);
        PathValidator::new(&Trust::from_certificates([self.root.clone()]))
            .intermediates(std::slice::from_ref(&self.sub))
            .revocation(&self.lists)
            .policy(RevocationPolicy::Required)
            .anchor_period(AnchorPeriod::Noted)
            .algorithms(policy)
            .judge(&self.leaf, Purpose::Seal, at)
    }
}

#[track_caller]
fn holds_only_where_listed(chain: &Chain, algorithm: LinkAlgorithm) {
    assert_eq!(chain.sub.link_algorithm(), Some(algorithm));
    let listed = chain.judge(AlgorithmPolicy::Listed(vec![algorithm]));
    assert!(listed.is_good(), "{algorithm:?}: {:?} {:?}", listed.chain, listed.revocation);
    assert_eq!(listed.path.len(), 3);
    let others = LinkAlgorithm::ALL.iter().copied().filter(|other| *other != algorithm).collect();
    for policy in [AlgorithmPolicy::Sm2Only, AlgorithmPolicy::Listed(Vec::new()), AlgorithmPolicy::Listed(others)] {
        let judgement = chain.judge(policy);
        assert!(
            matches!(&judgement.chain, Answer::Unknown(ground) if ground.cause == Cause::ChainUnsupportedAlgorithm),
            "{algorithm:?}: {:?}",
            judgement.chain
        );
    }
    // A byte of a signed part changed: the link no longer holds.
    let mut der = chain.leaf.as_der().to_vec();
    let at = der.windows(4).position(|window| window == b"leaf").unwrap();
    der[at] = b'L';
    let forged = Chain { leaf: Certificate::from_der(&der).unwrap(), ..chain.clone_parts() };
    let judgement = forged.judge(AlgorithmPolicy::Listed(vec![algorithm]));
    assert!(matches!(&judgement.chain, Answer::Fail(ground) if ground.cause == Cause::ChainBadSignature));
}

impl Chain {
    fn clone_parts(&self) -> Self {
        let Self { root, sub, leaf, lists } = self;
        Self { root: root.clone(), sub: sub.clone(), leaf: leaf.clone(), lists: lists.clone() }
    }
}

#[test]
fn rsa_links_hold_where_the_policy_lists_them() {
    let Some(maker) = Maker::new() else { return };
    let key = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    for (digest, plain, pss) in [
        ("-sha256", LinkAlgorithm::RsaSha256, LinkAlgorithm::RsaPssSha256),
        ("-sha384", LinkAlgorithm::RsaSha384, LinkAlgorithm::RsaPssSha384),
        ("-sha512", LinkAlgorithm::RsaSha512, LinkAlgorithm::RsaPssSha512),
    ] {
        holds_only_where_listed(&maker.chain(&key, &[digest]), plain);
        let padding = [digest, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
        holds_only_where_listed(&maker.chain(&key, &padding), pss);
    }
}

#[test]
fn ecdsa_links_hold_where_the_policy_lists_them_on_every_curve_and_with_every_hash() {
    let Some(maker) = Maker::new() else { return };
    for curve in ["P-256", "P-384", "P-521"] {
        let key = ["-algorithm", "EC", "-pkeyopt", &format!("ec_paramgen_curve:{curve}")];
        for (digest, algorithm) in [
            ("-sha256", LinkAlgorithm::EcdsaSha256),
            ("-sha384", LinkAlgorithm::EcdsaSha384),
            ("-sha512", LinkAlgorithm::EcdsaSha512),
        ] {
            holds_only_where_listed(&maker.chain(&key, &[digest]), algorithm);
        }
    }
}

#[test]
fn sha_1_and_short_rsa_keys_are_never_accepted() {
    let Some(maker) = Maker::new() else { return };
    let all = || AlgorithmPolicy::Listed(LinkAlgorithm::ALL.to_vec());
    let sha1 = maker.chain(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], &["-sha1"]);
    assert_eq!(sha1.leaf.link_algorithm(), Some(LinkAlgorithm::EcdsaSha1));
    let short = maker.chain(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], &["-sha256"]);
    for chain in [sha1, short] {
        let judgement = chain.judge(all());
        assert_eq!(judgement.chain.code(), Some("chain-unsupported-algorithm"));
        assert!(matches!(judgement.chain, Answer::Unknown(_)));
    }
}

#[test]
fn a_path_may_mix_sm2_and_other_algorithms() {
    let Some(maker) = Maker::new() else { return };
    let chain = maker.chain(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], &["-sha256"]);
    // An SM2 leaf below an ECDSA authority.
    maker.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out sm2.key", &[]);
    maker.openssl(
        "req -new -config c.cnf -key sm2.key -subj /CN=leaf -sm3 -sigopt distid:1234567812345678 -out sm2.csr",
        &[],
    );
    let issue = "x509 -req -in sm2.csr -vfyopt distid:1234567812345678 -CA sub.pem -CAkey sub.key -days 20 -extfile c.cnf \
        -extensions leaf -sha256 -out sm2.pem";
    maker.openssl(issue, &[]);
    let leaf = Certificate::from_bytes(&fs::read(maker.path().join("sm2.pem")).unwrap()).unwrap();
    assert!(leaf.public_key().is_ok());
    let mixed = Chain { leaf, ..chain };
    assert!(mixed.judge(AlgorithmPolicy::Listed(LinkAlgorithm::named("ecdsa"))).is_good());
    let refused = mixed.judge(AlgorithmPolicy::Listed(LinkAlgorithm::named("rsa")));
    assert_eq!(refused.chain.code(), Some("chain-unsupported-algorithm"));
}

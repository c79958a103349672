//! Name constraints and certificate policies along a chain.

use super::*;
use crate::cert::asn1::by_hand;

fn subtree(base: &[u8]) -> Vec<u8> {
    by_hand::sequence(&[base])
}

fn directory(text: &str) -> Vec<u8> {
    by_hand::element(0xa4, &[name(text).as_der()])
}

fn permitted(bases: &[&[u8]]) -> Vec<u8> {
    let trees: Vec<_> = bases.iter().map(|base| subtree(base)).collect();
    by_hand::element(asn1::context(0), &trees.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn excluded(base: &[u8]) -> Vec<u8> {
    by_hand::element(asn1::context(1), &[&subtree(base)])
}

fn constrained(list: &[u8]) -> Certificate {
    sub().with(&oid::NAME_CONSTRAINTS, true, &by_hand::sequence(&[list])).make()
}

#[test]
fn name_constraints_permit_and_exclude_subtrees_of_names() {
    let of = |sub| chain(&validator(&[sub]), &leaf().make());
    assert_eq!(of(constrained(&permitted(&[&directory("O=B,C=cn")]))), Answer::Pass);
    assert_eq!(of(constrained(&permitted(&[&directory("O=z,C=CN"), &directory("C=CN")]))), Answer::Pass);
    fails(&of(constrained(&permitted(&[&directory("O=other,C=CN")]))), Cause::ChainNameConstraints);
    fails(&of(constrained(&excluded(&directory("C=CN")))), Cause::ChainNameConstraints);
    assert_eq!(of(constrained(&excluded(&directory("O=other,C=CN")))), Answer::Pass);
    // What cannot be read is not passed over.
    fails(&of(constrained(&[0x04, 0])), Cause::ChainNameConstraints);
    let at_least_one = by_hand::sequence(&[&directory("C=CN"), &[0x80, 1, 1]]);
    let odd = by_hand::element(asn1::context(0), &[&at_least_one]);
    fails(&of(constrained(&odd)), Cause::ChainNameConstraints);
}

#[test]
fn name_constraints_speak_of_every_form_of_name_that_they_name() {
    let (host, mail, uri, address): (&[u8], &[u8], &[u8], &[u8]) =
        (b"a.test", b"x@a.test", b"http://a.test/p", &[10, 0, 0, 9]);
    let network: &[u8] = &[10, 0, 0, 0, 255, 0, 0, 0];
    for (form, base, inside, outside) in [
        (0x82, &b"a.test"[..], host, &b"b.test"[..]),
        (0x81, b"a.test", mail, b"x@b.test"),
        (0x86, b"a.test", uri, b"http://b.test/a.test"),
        (0x87, network, address, &[11, 0, 0, 9]),
    ] {
        let base = by_hand::element(form, &[base]);
        let leaf = |value: &[u8]| {
            let names = by_hand::sequence(&[&by_hand::element(form, &[value])]);
            leaf().with(&oid::SUBJECT_ALT_NAME, false, &names).make()
        };
        let (only, without) = (constrained(&permitted(&[&base])), constrained(&excluded(&base)));
        assert_eq!(chain(&validator(std::slice::from_ref(&only)), &leaf(inside)), Answer::Pass, "{form:x}");
        fails(&chain(&validator(std::slice::from_ref(&only)), &leaf(outside)), Cause::ChainNameConstraints);
        fails(&chain(&validator(std::slice::from_ref(&without)), &leaf(inside)), Cause::ChainNameConstraints);
        assert_eq!(chain(&validator(std::slice::from_ref(&without)), &leaf(outside)), Answer::Pass, "{form:x}");
        // A certificate without a name of the form is not touched.
        assert_eq!(chain(&validator(&[only]), &self::leaf().make()), Answer::Pass);
    }
    // A mail address in the subject counts like one beside it.
    let only = constrained(&permitted(&[&by_hand::element(0x81, &[b"a.test"])]));
    for (address, passes) in [("x@a.test", true), ("x@b.test", false)] {
        let subject = format!("CN=leaf,E={address}");
        let leaf = made(&subject, "CN=sub", 3, 2).leaf().make();
        assert_eq!(chain(&validator(std::slice::from_ref(&only)), &leaf) == Answer::Pass, passes, "{address}");
    }
    // A form that cannot be compared is refused, where the constraints speak of it.
    let registered = by_hand::element(0x88, &[&[0x2a, 3]]);
    let leaf = leaf().with(&oid::SUBJECT_ALT_NAME, false, &by_hand::sequence(&[&registered])).make();
    fails(&chain(&validator(&[constrained(&permitted(&[&registered]))]), &leaf), Cause::ChainNameConstraints);
    assert_eq!(chain(&validator(&[only]), &leaf), Answer::Pass);
}

#[test]
fn thousands_of_names_against_hundreds_of_constraints_cost_a_bounded_amount_of_work() {
    let bases: Vec<_> = (0..200_u32).map(|number| directory(&format!("CN=base {number}"))).collect();
    let bases = permitted(&bases.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let names: Vec<_> = (0..900_u32).map(|number| directory(&format!("CN={number}"))).collect();
    let names = by_hand::sequence(&names.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let leaf = leaf().with(&oid::SUBJECT_ALT_NAME, false, &names).make();
    // Twenty intermediates of the same name and key: each makes a path of its own.
    let pool: Vec<_> = (1..20)
        .map(|days| {
            let sub = sub().days(0, 1000 + days).with(&oid::NAME_CONSTRAINTS, true, &by_hand::sequence(&[&bases]));
            sub.make()
        })
        .collect();
    unknown(&chain(&validator(&pool), &leaf), Cause::ChainBudget);
}

fn policies(oids: &[&str]) -> Vec<u8> {
    let oids: Vec<_> = oids.iter().map(|oid| by_hand::sequence(&[&by_hand::oid(&oid.parse().unwrap())])).collect();
    by_hand::sequence(&oids.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

const ANY: &str = "2.5.29.32.0";
/// requireExplicitPolicy 0
const REQUIRE: [u8; 5] = [0x30, 3, 0x80, 1, 0];

impl Made {
    fn policies(self, oids: &[&str]) -> Self {
        self.with(&oid::CERTIFICATE_POLICIES, false, &policies(oids))
    }

    fn maps(self, from: &str, to: &str) -> Self {
        let pair = by_hand::sequence(&[&by_hand::oid(&from.parse().unwrap()), &by_hand::oid(&to.parse().unwrap())]);
        self.with(&oid::POLICY_MAPPINGS, true, &by_hand::sequence(&[&pair]))
    }
}

fn required() -> Made {
    sub().with(&oid::POLICY_CONSTRAINTS, true, &REQUIRE)
}

#[test]
fn a_required_policy_must_hold_along_the_chain() {
    let of = |sub: Made, leaf: Made| chain(&validator(&[sub.make()]), &leaf.make());
    assert_eq!(of(required().policies(&["1.2.3"]), leaf().policies(&["1.2.3", "1.2.4"])), Answer::Pass);
    assert_eq!(of(required().policies(&[ANY]), leaf().policies(&["1.2.4"])), Answer::Pass);
    assert_eq!(of(required().policies(&["1.2.3"]), leaf().policies(&[ANY])), Answer::Pass);
    fails(&of(required().policies(&["1.2.3"]), leaf().policies(&["1.2.4"])), Cause::ChainPolicy);
    fails(&of(required().policies(&["1.2.3"]), leaf()), Cause::ChainPolicy);
    fails(&of(required(), leaf().policies(&["1.2.3"])), Cause::ChainPolicy);
    // Nobody requires one: none need be there, nor fit.
    assert_eq!(of(sub().policies(&["1.2.3"]), leaf().policies(&["1.2.4"])), Answer::Pass);
    // requireExplicitPolicy 1 is due after one more certificate; the leaf is the last.
    let soon = || sub().with(&oid::POLICY_CONSTRAINTS, true, &[0x30, 3, 0x80, 1, 1]);
    fails(&of(soon().policies(&["1.2.3"]), leaf()), Cause::ChainPolicy);
    let late = || sub().with(&oid::POLICY_CONSTRAINTS, true, &[0x30, 3, 0x80, 1, 2]);
    assert_eq!(of(late().policies(&["1.2.3"]), leaf()), Answer::Pass);
    // A leaf can demand it of itself.
    let demanding = leaf().with(&oid::POLICY_CONSTRAINTS, true, &REQUIRE);
    fails(&of(sub(), demanding), Cause::ChainPolicy);
}

#[test]
fn any_policy_stops_where_it_is_inhibited() {
    let inhibit = |skip: u8| required().policies(&["1.2.3"]).with(&oid::INHIBIT_ANY_POLICY, true, &[2, 1, skip]);
    let of = |sub: Made, leaf: Made| chain(&validator(&[sub.make()]), &leaf.make());
    fails(&of(inhibit(0), leaf().policies(&[ANY])), Cause::ChainPolicy);
    assert_eq!(of(inhibit(1), leaf().policies(&[ANY])), Answer::Pass);
    assert_eq!(of(inhibit(0), leaf().policies(&["1.2.3"])), Answer::Pass);
}

#[test]
fn a_policy_is_followed_through_its_mappings() {
    let of = |sub: Made, leaf: Made| chain(&validator(&[sub.make()]), &leaf.make());
    let mapped = || required().policies(&["1.2.3"]).maps("1.2.3", "1.2.9");
    assert_eq!(of(mapped(), leaf().policies(&["1.2.9"])), Answer::Pass);
    fails(&of(mapped(), leaf().policies(&["1.2.3"])), Cause::ChainPolicy);
    assert_eq!(of(required().policies(&[ANY]).maps("1.2.3", "1.2.9"), leaf().policies(&["1.2.9"])), Answer::Pass);
    // requireExplicitPolicy 0 and inhibitPolicyMapping 0 count from the certificate that follows.
    let inhibiting = made("CN=middle", "CN=root", 7, 1)
        .ca()
        .policies(&[ANY])
        .with(&oid::POLICY_CONSTRAINTS, true, &[0x30, 6, 0x80, 1, 0, 0x81, 1, 0])
        .make();
    let beneath = made("CN=sub", "CN=middle", 2, 7).ca().policies(&["1.2.3", "1.2.4"]).maps("1.2.3", "1.2.9").make();
    let pool = validator(&[inhibiting, beneath]);
    fails(&chain(&pool, &leaf().policies(&["1.2.9"]).make()), Cause::ChainPolicy);
    fails(&chain(&pool, &leaf().policies(&["1.2.3"]).make()), Cause::ChainPolicy);
    assert_eq!(chain(&pool, &leaf().policies(&["1.2.4"]).make()), Answer::Pass);
    // anyPolicy cannot be mapped, and what cannot be read is not passed over.
    fails(&of(sub().policies(&[ANY]).maps(ANY, "1.2.3"), leaf()), Cause::ChainPolicy);
    fails(&of(sub().with(&oid::POLICY_CONSTRAINTS, true, &[0x04, 0]), leaf()), Cause::ChainPolicy);
}

#[test]
fn more_policies_than_are_looked_at_are_refused() {
    let many: Vec<_> = (0..100).map(|number| format!("1.2.3.{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let answer = chain(&validator(&[required().policies(&many).make()]), &leaf().policies(&["1.2.3.1"]).make());
    fails(&answer, Cause::ChainPolicy);
}

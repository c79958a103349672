use crate::der::Walk;
use crate::token::ObjectInfo;
use crate::token::TokenInfo;
use crate::token::UnlockRequest;
use crate::token::UnlockerInfo;

use super::Key;
use super::MAX_LISTED;
use super::Node;
use super::Value;
use super::certificate;
use super::shape;

/// A soft token: what it tells without its PIN.
pub(super) fn node(bytes: &[u8]) -> Node {
    let info = match TokenInfo::from_bytes(bytes) {
        Ok(info) => info,
        Err(error) => return shape::unreadable(Key::Token, error.code(), bytes),
    };
    let escrow = info.escrow();
    let slots = info.slots.iter().map(|slot| Node::new(Key::Slot, Value::word(slot.word(), |lang| slot.label(lang))));
    let mut node = Node::group(Key::Token)
        .with(Key::Label, info.label.as_str())
        .with(Key::SerialNumber, info.serial.as_str())
        .with(Key::Version, info.version)
        .with(Key::Epoch, info.epoch)
        .with(Key::Created, info.created)
        .with(Key::Level, Value::word(info.level.word(), |lang| info.level.label(lang)))
        .with(Key::MinPinLength, info.min_pin_length)
        .with(Key::MaxTries, info.max_tries)
        .with(Key::TriesLeft, info.tries_left)
        .with(Key::Locked, info.locked)
        .with(Key::ExportAllowed, info.export_allowed);
    if let Some(kdf) = info.kdf {
        node = node
            .with(Key::Kdf, kdf.to_string())
            .maybe(Key::KdfIterations, kdf.count())
            .with(Key::KdfDemo, kdf.is_demo());
    }
    node.list(Key::Slots, MAX_LISTED, slots)
        .with(Key::Escrow, Value::word(escrow.word(), |lang| escrow.label(lang)))
        .list(Key::Unlocker, MAX_LISTED, info.unlocker.iter().flat_map(unlocker))
        .list(Key::Keys, MAX_LISTED, info.objects.iter().map(object))
        .with(Key::Size, bytes.len())
}

/// Whether a sequence begins as a request for unlocking: version, serial number, epoch, certificates, share.
pub(super) fn is_unlock_request(bytes: &[u8]) -> bool {
    let Some(element) = Walk::only(bytes, 0x30) else { return false };
    let mut parts = element.inside();
    [0x02, 0x04, 0x02, 0x30, 0x04, 0x30, 0x04, 0x18].into_iter().all(|tag| parts.expect(tag).is_some())
}

/// A request for unlocking.
pub(super) fn unlock_request(bytes: &[u8]) -> Node {
    let request = match UnlockRequest::from_bytes(bytes) {
        Ok(request) => request,
        Err(error) => return shape::unreadable(Key::UnlockRequest, error.code(), bytes),
    };
    let certificates = request.certificates().iter().map(|(issuer, serial)| {
        Node::group(Key::Entry).with(Key::Issuer, issuer.to_string()).with(Key::SerialNumber, serial.to_string())
    });
    Node::group(Key::UnlockRequest)
        .with(Key::SerialNumber, request.token())
        .with(Key::Epoch, request.epoch())
        .with(Key::RequestedAt, request.requested_at())
        .maybe(Key::Reason, request.reason().map(ToOwned::to_owned))
        .with(Key::UnlockCode, request.code())
        .list(Key::Certificates, MAX_LISTED, certificates)
        .with(Key::Sm3, &request.digest().as_bytes()[..])
        .with(Key::Size, bytes.len())
}

fn unlocker(unlocker: &UnlockerInfo) -> [Node; 2] {
    [Node::new(Key::Name, unlocker.name.as_str()), Node::new(Key::Sm3, &unlocker.certificate.as_bytes()[..])]
}

fn object(object: &ObjectInfo) -> Node {
    let key_use = object.key_use;
    let mut node = Node::group(Key::Entry)
        .with(Key::Id, object.id.to_string())
        .with(Key::KeyUse, Value::word(key_use.word(), |lang| key_use.label(lang)))
        .with(Key::PublicKey, &object.public_key.to_sec1()[..]);
    for found in &object.certificates {
        node.push(certificate::certificate(Key::Certificate, found));
    }
    node
}

use crate::seal::Picture;
use crate::seal::PictureFormat;
use crate::seal::Size;
use crate::sm::sm3;

use super::Key;
use super::Node;
use super::Value;

/// A picture in a file of its own.
pub(super) fn file(bytes: &[u8]) -> Node {
    // Inside a seal this is a page of OFD; a file of its own may be any ZIP. What is in it comes with OFD support.
    if PictureFormat::of(bytes) == PictureFormat::Ofd {
        return Node::group(Key::Zip).with(Key::Size, bytes.len()).with(Key::Sm3, &sm3(bytes).as_bytes()[..]);
    }
    // A picture that is to be a seal's has a size on paper; a file has none, and any will do to look inside.
    let size = Size::mm(40, 40).expect("an ordinary size");
    let node = Node::group(Key::Picture).with(Key::Format, PictureFormat::of(bytes).name());
    let node = match Picture::from_bytes(bytes.to_vec(), size) {
        Ok(picture) => pixels(node, &picture),
        Err(error) => node.with(Key::Unreadable, error.code()),
    };
    node.with(Key::Size, bytes.len()).with(Key::Sm3, &sm3(bytes).as_bytes()[..])
}

/// A picture inside a seal.
pub(super) fn in_seal(picture: &Picture) -> Node {
    let size = picture.size().map(|size| Value::Numbers(vec![size.width_mm().into(), size.height_mm().into()]));
    let node = Node::group(Key::Picture)
        .with(Key::Format, picture.format().name())
        .with(Key::NamedFormat, picture.named())
        .maybe(Key::SizeMm, size);
    pixels(node, picture).with(Key::Size, picture.bytes().len()).with(Key::Sm3, &sm3(picture.bytes()).as_bytes()[..])
}

fn pixels(node: Node, picture: &Picture) -> Node {
    match picture.decode() {
        Ok(raster) => node.with(Key::Pixels, Value::Numbers(vec![raster.width.into(), raster.height.into()])),
        Err(error) => node.with(Key::Unreadable, error.code()),
    }
}

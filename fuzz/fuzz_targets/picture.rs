//! Seal pictures: PNG, JPEG, GIF and BMP decode to as many pixels as they say, or not at all.
#![no_main]

use eseal::seal::{Picture, Size};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let size = Size::mm(42, 42).expect("a usual size");
    let Ok(picture) = Picture::from_bytes(bytes.to_vec(), size) else { return };
    if let Ok(raster) = picture.decode() {
        assert_eq!(raster.rgba.len() as u64, u64::from(raster.width) * u64::from(raster.height) * 4);
    }
});

//! Decoding streams within bounds (ISO 32000-1, 7.4).
//!
//! Only the filters that structure and seal pictures need: Flate with predictors, `ASCIIHexDecode`, `ASCII85Decode`.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::error::PdfError;
use super::limits::Limits;
use super::object::name_text;
use super::syntax::{hex_digit, is_space};

/// One filter of a stream with its parameters, after references were followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    pub(crate) name: Vec<u8>,
    pub(crate) predictor: Predictor,
}

/// `/DecodeParms` of a Flate filter (ISO 32000-1, table 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Predictor {
    pub(crate) predictor: i64,
    pub(crate) colors: i64,
    pub(crate) bits: i64,
    pub(crate) columns: i64,
}

impl Default for Predictor {
    fn default() -> Self {
        Self { predictor: 1, colors: 1, bits: 8, columns: 1 }
    }
}

/// Runs the filters over the encoded bytes. At most `bound` bytes may come out of any step.
pub(crate) fn decode(data: &[u8], filters: &[Filter], limits: &Limits, bound: usize) -> Result<Vec<u8>, PdfError> {
    if filters.len() > limits.filters {
        return Err(PdfError::OverLimit { what: "filters on one stream", limit: limits.filters });
    }
    let mut current: Option<Vec<u8>> = None;
    for filter in filters {
        let input = current.as_deref().unwrap_or(data);
        let output = match filter.name.as_slice() {
            b"FlateDecode" | b"Fl" => unpredict(inflate(input, bound)?, filter.predictor)?,
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(input)?,
            b"ASCII85Decode" | b"A85" => ascii_85(input, bound)?,
            other => return Err(PdfError::FilterUnsupported { filter: name_text(other).chars().take(64).collect() }),
        };
        current = Some(output);
    }
    Ok(current.unwrap_or_else(|| data.to_vec()))
}

fn inflate(input: &[u8], bound: usize) -> Result<Vec<u8>, PdfError> {
    let mut output = Vec::with_capacity(input.len().saturating_mul(3).min(bound).min(1 << 20));
    let mut bounded = ZlibDecoder::new(input).take(bound as u64 + 1);
    bounded.read_to_end(&mut output).map_err(|_| PdfError::StreamBroken { what: "the Flate data is damaged" })?;
    if output.len() > bound {
        return Err(PdfError::OverLimit { what: "decoded bytes of a stream", limit: bound });
    }
    Ok(output)
}

fn ascii_hex(input: &[u8]) -> Result<Vec<u8>, PdfError> {
    let mut output = Vec::with_capacity(input.len() / 2);
    let mut high = None;
    for &byte in input {
        match hex_digit(byte) {
            Some(digit) => match high.take() {
                None => high = Some(digit),
                Some(high) => output.push(high << 4 | digit),
            },
            None if byte == b'>' => break,
            None if is_space(byte) => {}
            None => return Err(PdfError::StreamBroken { what: "not hexadecimal" }),
        }
    }
    if let Some(high) = high {
        output.push(high << 4);
    }
    Ok(output)
}

fn ascii_85(input: &[u8], bound: usize) -> Result<Vec<u8>, PdfError> {
    const BROKEN: PdfError = PdfError::StreamBroken { what: "not base 85" };
    let mut output = Vec::new();
    let mut group = [0_u8; 5];
    let mut filled = 0;
    for &byte in input {
        match byte {
            b'z' if filled == 0 => output.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group[filled] = byte - b'!';
                filled += 1;
                if filled == 5 {
                    output.extend_from_slice(&group_85(group).ok_or(BROKEN)?);
                    filled = 0;
                }
            }
            b'~' => break,
            _ if is_space(byte) => {}
            _ => return Err(BROKEN),
        }
        if output.len() > bound {
            return Err(PdfError::OverLimit { what: "decoded bytes of a stream", limit: bound });
        }
    }
    match filled {
        0 => Ok(output),
        1 => Err(BROKEN),
        _ => {
            group[filled..].fill(84);
            output.extend_from_slice(&group_85(group).ok_or(BROKEN)?[..filled - 1]);
            Ok(output)
        }
    }
}

fn group_85(group: [u8; 5]) -> Option<[u8; 4]> {
    let value = group.iter().fold(0_u64, |value, &digit| value * 85 + u64::from(digit));
    u32::try_from(value).ok().map(u32::to_be_bytes)
}

/// Undoes the PNG predictors (10 to 15) and the TIFF predictor (2) for samples of eight bits.
fn unpredict(data: Vec<u8>, parameters: Predictor) -> Result<Vec<u8>, PdfError> {
    const BROKEN: PdfError = PdfError::StreamBroken { what: "impossible predictor" };
    let Predictor { predictor, colors, bits, columns } = parameters;
    if predictor == 1 {
        return Ok(data);
    }
    if !(1..=32).contains(&colors) || !matches!(bits, 1 | 2 | 4 | 8 | 16) || !(1..=1 << 20).contains(&columns) {
        return Err(BROKEN);
    }
    // All three are small by now: the product stays below 2^30.
    let pixel_bits = usize::try_from(colors * bits).map_err(|_| BROKEN)?;
    let row = (pixel_bits * usize::try_from(columns).map_err(|_| BROKEN)?).div_ceil(8);
    let step = pixel_bits.div_ceil(8);
    match predictor {
        2 if bits == 8 => Ok(tiff(data, row, step)),
        10..=15 => png(&data, row, step),
        _ => Err(BROKEN),
    }
}

fn tiff(mut data: Vec<u8>, row: usize, step: usize) -> Vec<u8> {
    for line in data.chunks_mut(row) {
        for at in step..line.len() {
            line[at] = line[at].wrapping_add(line[at - step]);
        }
    }
    data
}

fn png(data: &[u8], row: usize, step: usize) -> Result<Vec<u8>, PdfError> {
    let lines = data.len().div_ceil(row + 1);
    let mut output = vec![0_u8; lines * row];
    let mut written = 0;
    for line in data.chunks(row + 1) {
        let (kind, coded) = (line[0], &line[1..]);
        let (before, rest) = output.split_at_mut(written);
        let above = before.len().checked_sub(row).map(|start| &before[start..]);
        let current = &mut rest[..coded.len()];
        for (at, &byte) in coded.iter().enumerate() {
            let left = if at >= step { current[at - step] } else { 0 };
            let up = above.map_or(0, |above| above[at]);
            let corner = if at >= step { above.map_or(0, |above| above[at - step]) } else { 0 };
            current[at] = byte.wrapping_add(match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return Err(PdfError::StreamBroken { what: "unknown row predictor" }),
            });
        }
        written += coded.len();
    }
    output.truncate(written);
    Ok(output)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn plain(name: &str) -> Filter {
        Filter { name: name.into(), predictor: Predictor::default() }
    }

    fn run(data: &[u8], filters: &[Filter]) -> Result<Vec<u8>, PdfError> {
        let limits = Limits::default();
        decode(data, filters, &limits, limits.decoded_bound(data.len()))
    }

    #[test]
    fn filters_run_one_after_the_other() {
        let hex: String = deflate(b"seal").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(run(format!("{hex}>").as_bytes(), &[plain("AHx"), plain("FlateDecode")]).unwrap(), b"seal");
        assert_eq!(run(b"9jqo^~>", &[plain("ASCII85Decode")]).unwrap(), b"Man ");
        assert_eq!(run(b"zz9jn~>", &[plain("A85")]).unwrap(), b"\0\0\0\0\0\0\0\0Ma");
    }

    #[test]
    fn png_rows_are_undone() {
        let rows = [2, 1, 2, 3, 2, 1, 1, 1, 1, 5, 1, 1, 4, 1, 1, 1, 3, 2, 2, 2];
        let filter =
            Filter { name: b"Fl".to_vec(), predictor: Predictor { predictor: 12, colors: 1, bits: 8, columns: 3 } };
        assert_eq!(run(&deflate(&rows), &[filter]).unwrap(), [1, 2, 3, 2, 3, 4, 5, 6, 7, 6, 7, 8, 5, 8, 10]);
    }

    #[test]
    fn bombs_are_stopped() {
        let once = deflate(&vec![0; 8 << 20]);
        assert!(matches!(run(&once, &[plain("Fl")]), Err(PdfError::OverLimit { .. })));
        let fine = deflate(&vec![0; 1 << 20]);
        assert_eq!(run(&fine, &[plain("Fl")]).unwrap().len(), 1 << 20);
        assert!(matches!(decode(&fine, &[plain("Fl")], &Limits::default(), 1000), Err(PdfError::OverLimit { .. })));
        let many = vec![plain("AHx"); 50_000];
        assert!(matches!(run(b"00", &many), Err(PdfError::OverLimit { .. })));
    }

    #[test]
    fn damaged_or_unknown_data_is_refused() {
        assert!(run(b"not flate", &[plain("Fl")]).is_err());
        let cut = deflate(b"some text that is cut");
        assert!(run(&cut[..cut.len() - 6], &[plain("Fl")]).is_err());
        assert!(run(b"4G>", &[plain("AHx")]).is_err());
        assert!(run(b"s8W-\"~>", &[plain("A85")]).is_err());
        assert_eq!(run(b"", &[plain("JBIG2Decode")]).unwrap_err().code(), "pdf-filter-unsupported");
        for predictor in [
            Predictor { predictor: 12, colors: 0, bits: 8, columns: 1 },
            Predictor { predictor: 12, colors: 1, bits: 3, columns: 1 },
            Predictor { predictor: 12, colors: 1, bits: 8, columns: i64::MAX },
            Predictor { predictor: 99, colors: 1, bits: 8, columns: 1 },
        ] {
            let filter = Filter { name: b"Fl".to_vec(), predictor };
            assert!(run(&deflate(b"\x09a"), &[filter]).is_err());
        }
    }
}

use std::fmt::Write;

use crate::sm::sm3;

/// How a plain document lists its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainXref {
    /// By a cross-reference table.
    #[default]
    Table,
    /// By a cross-reference stream (PDF 1.5).
    Stream,
}

/// A small, correct PDF of A4 pages with a title and some lines of text, with a cross-reference table.
///
/// The same arguments give the same bytes. Chinese in STSong-Light, which is not embedded; Latin in Helvetica.
#[must_use]
pub fn plain_pdf(pages: usize, title: &str) -> Vec<u8> {
    plain_pdf_with(pages, title, PlainXref::Table)
}

/// As [`plain_pdf`], with a choice of the cross-reference.
#[must_use]
pub fn plain_pdf_with(pages: usize, title: &str, xref: PlainXref) -> Vec<u8> {
    let pages = pages.max(1);
    let mut file = File::new();
    let kids: Vec<String> = (0..pages).map(|index| format!("{} 0 R", FIRST_PAGE + 2 * index)).collect();
    file.object("<< /Type /Catalog /Pages 2 0 R >>");
    file.object(&format!(
        "<< /Type /Pages /Count {pages} /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>\n\
         /Kids [{}] >>",
        kids.join(" ")
    ));
    file.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    file.object(
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>",
    );
    file.object(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 6 0 R >>",
    );
    file.object(
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]\n\
         /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    );
    file.object(&format!("<< /Title {} /Producer (eseal lab) >>", utf16(title, "FEFF")));
    for page in 1..=pages {
        let content = page_content(title, page, pages);
        file.object(&format!("<< /Type /Page /Parent 2 0 R /Contents {} 0 R >>", file.next() + 1));
        file.object(&format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    match xref {
        PlainXref::Table => file.end_with_table(),
        PlainXref::Stream => file.end_with_stream(),
    }
}

/// The number of the first page; its content has the next number, and so on.
const FIRST_PAGE: usize = 8;

fn page_content(title: &str, page: usize, pages: usize) -> String {
    let mut content = String::new();
    let mut line = |font: &str, size: u32, y: u32, text: &str| {
        let _ = writeln!(content, "BT /{font} {size} Tf 72 {y} Td {text} Tj ET");
    };
    line("F2", 20, 760, &utf16(title, ""));
    line("F2", 12, 730, &utf16(&format!("第 {page} 页，共 {pages} 页"), ""));
    let lines = ["本文件为演示文件，内容均为虚构。", "各有关单位：", "　　请按照通知要求办理，并于规定时间内反馈。"];
    for (y, text) in (0..).map(|index| 690 - 24 * index).zip(lines) {
        line("F2", 12, y, &utf16(text, ""));
    }
    line("F1", 10, 600, &format!("(Demonstration only. Page {page} of {pages}. Amount: 1000.00)"));
    content.pop();
    content
}

/// UTF-16BE as a hexadecimal string; for UniGB-UCS2-H and, behind a byte order mark, for text strings.
fn utf16(text: &str, mark: &str) -> String {
    let mut hex = format!("<{mark}");
    for unit in text.encode_utf16() {
        let _ = write!(hex, "{unit:04X}");
    }
    hex.push('>');
    hex
}

struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    fn new() -> Self {
        Self { bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), offsets: Vec::new() }
    }

    /// The number that the next object gets.
    const fn next(&self) -> usize {
        self.offsets.len() + 1
    }

    fn object(&mut self, body: &str) {
        let number = self.next();
        self.offsets.push(self.bytes.len());
        self.bytes.extend(format!("{number} 0 obj\n{body}\nendobj\n").into_bytes());
    }

    /// Both halves of `/ID`: from the content, so that the same document is the same.
    fn id(&self) -> String {
        let digest = sm3(&self.bytes).to_string();
        let half = &digest[..32];
        format!("[<{half}> <{half}>]")
    }

    fn end_with_table(mut self) -> Vec<u8> {
        let (start, id, size) = (self.bytes.len(), self.id(), self.next());
        let mut tail = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            let _ = writeln!(tail, "{offset:010} 00000 n ");
        }
        let _ =
            write!(tail, "trailer\n<< /Size {size} /Root 1 0 R /Info 7 0 R /ID {id} >>\nstartxref\n{start}\n%%EOF\n");
        self.bytes.extend(tail.into_bytes());
        self.bytes
    }

    fn end_with_stream(mut self) -> Vec<u8> {
        let (start, id, number) = (self.bytes.len(), self.id(), self.next());
        let mut entries = vec![0, 0, 0, 0, 0, 0xFF, 0xFF];
        for offset in self.offsets.iter().chain([&start]) {
            entries.push(1);
            entries.extend(u32::try_from(*offset).unwrap_or(u32::MAX).to_be_bytes());
            entries.extend([0, 0]);
        }
        let size = number + 1;
        let head = format!(
            "{number} 0 obj\n<< /Type /XRef /Size {size} /W [1 4 2] /Root 1 0 R /Info 7 0 R /ID {id} /Length {} >>\n\
             stream\n",
            entries.len()
        );
        self.bytes.extend(head.into_bytes());
        self.bytes.extend(entries);
        self.bytes.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").into_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::pdf::Pdf;

    #[test]
    fn a_plain_document_parses_without_a_fault() {
        for xref in [PlainXref::Table, PlainXref::Stream] {
            for pages in [0, 1, 10, 300] {
                let bytes = plain_pdf_with(pages, "示例通知", xref);
                let pdf = Pdf::parse(&bytes).unwrap();
                assert!(pdf.faults().is_empty(), "{:?}", pdf.faults());
                assert_eq!(pdf.pages().unwrap().count(), pages.max(1));
                assert_eq!(pdf.revisions().len(), 1);
                assert!(pdf.signatures().unwrap().is_empty());
            }
        }
    }

    #[test]
    fn the_same_arguments_give_the_same_bytes() {
        assert_eq!(plain_pdf(3, "甲"), plain_pdf(3, "甲"));
        assert_ne!(plain_pdf(3, "甲"), plain_pdf(3, "乙"));
    }
}

//! Every sample PDF, and what stamping does with it: `testdata/pdf/samples.tsv`.

use std::fs;

use eseal::document::pdf::Pdf;

use crate::support::samples::samples;
use crate::support::workspace;

#[test]
fn every_sample_is_stamped_or_refused_as_the_table_says() {
    let Some(samples) = samples() else { return };
    let table = fs::read_to_string(workspace().join("testdata/pdf/samples.tsv")).unwrap();
    let expected: Vec<String> = table.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let found: Vec<String> = samples
        .iter()
        .zip(&expected)
        .map(|(sample, row)| {
            // The exit code is the command's to test.
            let exit = row.split('\t').nth(1).unwrap_or_default();
            let code = sample.outcome.as_ref().err().copied().unwrap_or("-");
            format!("{}\t{exit}\t{code}", sample.name)
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(samples.len(), expected.len(), "each sample has a row");
}

#[test]
fn a_stamped_sample_begins_with_the_received_bytes_and_only_its_last_revision_is_new() {
    let Some(samples) = samples() else { return };
    for sample in samples {
        let Ok(stamped) = &sample.outcome else { continue };
        let received = fs::read(&sample.path).unwrap();
        assert!(stamped.bytes.starts_with(&received), "{}", sample.name);
        let (before, after) = (Pdf::parse(&received).unwrap(), Pdf::parse(&stamped.bytes).unwrap());
        assert_eq!(after.revisions().len(), before.revisions().len() + 1, "{}", sample.name);
        assert_eq!(after.pages().unwrap().count(), before.pages().unwrap().count(), "{}", sample.name);
        let signatures = after.signatures().unwrap();
        assert_eq!(signatures.len(), before.signatures().unwrap().len() + 1, "{}", sample.name);
        let ours = signatures.iter().find(|found| found.sub_filter.as_deref() == Some("GM.sm2seal")).unwrap();
        let rect = ours.widgets[0].rect_mm.unwrap();
        for (found, asked) in rect.iter().zip(stamped.asked_mm) {
            assert!((found - asked).abs() < 0.01, "{}: {rect:?}, asked for {:?}", sample.name, stamped.asked_mm);
        }
    }
}

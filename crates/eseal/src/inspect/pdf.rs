use crate::Lang;
use crate::document::pdf::Coverage;
use crate::document::pdf::Encryption;
use crate::document::pdf::Fault;
use crate::document::pdf::Field;
use crate::document::pdf::FieldKind;
use crate::document::pdf::FieldLock;
use crate::document::pdf::FoundSignature;
use crate::document::pdf::LockAction;
use crate::document::pdf::Page;
use crate::document::pdf::Pdf;
use crate::document::pdf::PdfError;
use crate::document::pdf::Permission;
use crate::document::pdf::Revision;
use crate::document::pdf::SignatureKind;
use crate::document::pdf::Widget;
use crate::document::pdf::XrefKind;

use super::InspectError;
use super::Key;
use super::MAX_LISTED;
use super::Node;
use super::Value;
use super::shape;

pub(super) fn node(bytes: &[u8]) -> Result<Node, InspectError> {
    let pdf = Pdf::parse(bytes)?;
    let (major, minor) = pdf.version();
    let node = Node::group(Key::Pdf)
        .with(Key::Version, format!("{major}.{minor}"))
        .with(Key::Size, bytes.len())
        .maybe(Key::Encrypted, pdf.encryption().map(encryption))
        .list(Key::Revisions, MAX_LISTED, pdf.revisions().iter().map(revision));
    let node = match pdf.pages() {
        Ok(pages) => numbered(node.list(Key::Pages, MAX_LISTED, pages.iter().map(page)), Key::Pages, pages.count()),
        Err(error) => node.and(unreadable(Key::Pages, &error)),
    };
    let node = match pdf.fields() {
        Ok(fields) => node.list(Key::Fields, MAX_LISTED, fields.iter().map(field)),
        Err(error) => node.and(unreadable(Key::Fields, &error)),
    };
    let node = match pdf.signatures() {
        Ok(signatures) => node.list(Key::Signatures, MAX_LISTED, signatures.iter().map(signature)),
        Err(error) => node.and(unreadable(Key::Signatures, &error)),
    };
    let node = match pdf.orphans() {
        Ok(orphans) => {
            let orphan = |orphan: crate::document::pdf::Orphan| {
                Node::new(Key::Object, orphan.id.to_string()).with(Key::Offset, orphan.offset)
            };
            node.list(Key::Orphans, MAX_LISTED, orphans.into_iter().map(orphan))
        }
        Err(error) => node.and(unreadable(Key::Orphans, &error)),
    };
    Ok(node.list(Key::Faults, MAX_LISTED, pdf.faults().iter().map(fault)))
}

/// Writes the number of parts beside the name of their group.
fn numbered(mut node: Node, key: Key, count: usize) -> Node {
    if let Some(group) = node.children.iter_mut().find(|child| child.key == key) {
        group.value = count.into();
    }
    node
}

fn unreadable(key: Key, error: &PdfError) -> Node {
    Node::group(key).with(Key::Unreadable, error.code())
}

fn encryption(encryption: Encryption) -> Value {
    match encryption {
        Encryption::Password => Value::word("password", |lang| lang.pick("口令加密", "with a password")),
        Encryption::PublicKey => Value::word("public-key", |lang| lang.pick("公钥加密", "for certificates")),
    }
}

fn revision(revision: &Revision) -> Node {
    let kind = match revision.xref_kind {
        XrefKind::Table => Value::word("table", |lang| lang.pick("交叉引用表", "table")),
        XrefKind::Stream => Value::word("stream", |lang| lang.pick("交叉引用流", "stream")),
        XrefKind::Hybrid => Value::word("hybrid", |lang| lang.pick("混合", "table and stream")),
    };
    Node::new(Key::Revision, revision.index + 1)
        .with(Key::CrossReference, kind)
        .with(Key::Offset, revision.xref_offset)
        .with(Key::End, revision.end())
}

fn page(page: &Page) -> Node {
    let node = Node::new(Key::Page, page.number);
    let size = page.frame().map(|frame| {
        let (width, height) = frame.seen_size_mm();
        Value::Numbers(vec![width, height])
    });
    let node = node.maybe(Key::SizeMm, size);
    if page.rotate == 0 { node } else { node.with(Key::Rotate, page.rotate) }
}

fn field(field: &Field) -> Node {
    let kind = match field.kind {
        FieldKind::Signature => Value::word("signature", |lang| lang.pick("签名", "signature")),
        FieldKind::Text => Value::word("text", |lang| lang.pick("文本", "text")),
        FieldKind::Button => Value::word("button", |lang| lang.pick("按钮", "button")),
        FieldKind::Choice => Value::word("choice", |lang| lang.pick("选择", "choice")),
        FieldKind::Unknown => Value::word("unknown", |lang| lang.pick("未知", "unknown")),
    };
    Node::new(Key::FormField, field.name.as_str()).with(Key::Kind, kind).with(Key::Object, field.id.to_string())
}

fn signature(found: &FoundSignature) -> Node {
    let kind = match found.kind {
        SignatureKind::Signature => {
            Value::word("signature", |lang| lang.pick("签名或签章", "signature or seal signature"))
        }
        SignatureKind::DocTimestamp => {
            Value::word("doc-timestamp", |lang| lang.pick("文档时间戳", "document time stamp"))
        }
    };
    let coverage = match found.coverage {
        Coverage::WholeFile => Value::word("whole-file", |lang| lang.pick("整个文件", "the whole file")),
        Coverage::Revision(_) => Value::word("revision", |lang| lang.pick("一个修订版本", "the file up to a revision")),
        Coverage::Less => Value::word("less", |lang| lang.pick("少于一个修订版本", "less than a revision")),
    };
    let covered = if let Coverage::Revision(index) = found.coverage { Some(index + 1) } else { None };
    let range = found.byte_range.map(|[a, b, c, d]| format!("[{a} {b} {c} {d}]"));
    Node::new(Key::PdfSignature, found.field_name.as_str())
        .with(Key::Kind, kind)
        .maybe(Key::Filter, found.filter.as_deref())
        .maybe(Key::SubFilter, found.sub_filter.as_deref())
        .maybe(Key::ByteRange, range)
        .with(Key::Coverage, coverage)
        .maybe(Key::Revision, covered)
        .maybe(Key::Name, found.name.as_deref())
        .maybe(Key::Reason, found.reason.as_deref())
        .maybe(Key::Location, found.location.as_deref())
        .maybe(Key::Contact, found.contact.as_deref())
        .maybe(Key::StatedTime, found.m.as_deref())
        .maybe(Key::Permission, found.permission().map(permission))
        .list(Key::Lock, MAX_LISTED, found.lock.iter().flat_map(lock))
        .list(Key::Widgets, MAX_LISTED, found.widgets.iter().map(widget))
        .list(Key::Faults, MAX_LISTED, found.faults.iter().map(fault))
        .and(contents(&found.contents))
}

fn contents(bytes: &[u8]) -> Node {
    let node = Node::group(Key::Contents).with(Key::Size, bytes.len());
    match shape::der(bytes) {
        Some(inside) => node.and(inside),
        None => node.with(Key::Value, bytes),
    }
}

fn permission(permission: Permission) -> Value {
    match permission {
        Permission::NoChanges => Value::word("no-changes", |lang| lang.pick("不允许修改", "none")),
        Permission::FillForms => {
            Value::word("fill-forms", |lang| lang.pick("填写表单、签名", "filling forms, signing"))
        }
        Permission::Annotate => {
            Value::word("annotate", |lang| lang.pick("填写表单、签名、批注", "filling forms, signing, annotating"))
        }
    }
}

fn lock(lock: &FieldLock) -> Vec<Node> {
    let action = match lock.action {
        LockAction::All => Value::word("all", |lang| lang.pick("全部", "all")),
        LockAction::Include => Value::word("include", |lang| lang.pick("所列各域", "those listed")),
        LockAction::Exclude => Value::word("exclude", |lang| lang.pick("所列各域以外", "all but those listed")),
    };
    let mut nodes = vec![Node::new(Key::Kind, action)];
    nodes.extend(lock.fields.iter().map(|name| Node::new(Key::FormField, name.as_str())));
    nodes
}

fn widget(widget: &Widget) -> Node {
    Node::group(Key::Widget)
        .maybe(Key::Page, widget.page)
        .maybe(Key::RectMm, widget.rect_mm.map(|rect| Value::Numbers(rect.to_vec())))
        .with(Key::Visible, widget.is_visible())
}

fn fault(fault: &Fault) -> Node {
    let kind = fault.kind;
    Node::new(Key::Fault, Value::word(kind.code(), |lang: Lang| kind.label(lang)))
        .maybe(Key::Offset, fault.offset)
        .maybe(Key::Object, fault.object.map(|id| id.to_string()))
}

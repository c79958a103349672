/// One element as it was received: its first tag byte, all of its bytes, and its content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) whole: &'a [u8],
    pub(crate) content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(crate) const fn inside(&self) -> Walk<'a> {
        Walk(self.content)
    }
}

/// Elements one after another, over received bytes, with strict lengths: definite, minimal, at most four bytes.
///
/// For structures whose insides must not be decoded again (signed attributes in the order found) or are not known (a
/// listing). `None` is a fault; nothing here recurses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes not yet read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next element, whatever it is. Tag numbers over 30 are a fault: nothing read here has them.
    pub(crate) fn next(&mut self) -> Option<Element<'a>> {
        let (tag, first) = (*self.0.first()?, *self.0.get(1)?);
        let (start, length) = match first {
            short @ 0..=0x7f => (2, usize::from(short)),
            long @ 0x81..=0x84 => {
                let end = 2 + usize::from(long & 0x0f);
                let bytes = self.0.get(2..end)?;
                let length = bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
                if bytes[0] == 0 || length < 0x80 {
                    return None;
                }
                (end, length)
            }
            _ => return None,
        };
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (whole, rest) = self.0.split_at_checked(start.checked_add(length)?)?;
        self.0 = rest;
        Some(Element { tag, whole, content: &whole[start..] })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// The next element if it has this tag; a fault in it is found by whoever reads on.
    pub(crate) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }

    /// The one element of this tag that must fill the input.
    pub(crate) fn only(bytes: &'a [u8], tag: u8) -> Option<Element<'a>> {
        let mut walk = Self(bytes);
        let element = walk.expect(tag)?;
        walk.is_empty().then_some(element)
    }

    /// Every element to the end, at most so many.
    pub(crate) fn all(mut self, most: usize) -> Option<Vec<Element<'a>>> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            if elements.len() == most {
                return None;
            }
            elements.push(self.next()?);
        }
        Some(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_one_after_another_with_their_bytes() {
        let elements = Walk::new(&[0x05, 0x00, 0x30, 0x03, 0x02, 0x01, 0x07]).all(2).unwrap();
        assert_eq!((elements[0].tag, elements[1].whole.len()), (0x05, 5));
        assert_eq!(elements[1].inside().expect(0x02).unwrap().content, [7]);
    }

    #[test]
    fn what_is_not_strict_is_a_fault() {
        for bytes in [
            &[0x30][..],
            &[0x30, 0x80, 0x00, 0x00],
            &[0x04, 0x81, 0x01, 0x00],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00],
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x81, 0x00],
            &[0x04, 0x02, 0x00],
        ] {
            assert!(Walk::new(bytes).next().is_none(), "{bytes:02x?}");
        }
        assert!(Walk::only(&[0x05, 0x00, 0x00], 0x05).is_none(), "a byte after the end");
        assert!(Walk::new(&[0x05, 0x00, 0x05, 0x00]).all(1).is_none(), "too many");
    }
}

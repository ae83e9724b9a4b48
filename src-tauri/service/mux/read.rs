//! Reading boxes from memory that may hold anything: every access is bounds-checked, nothing is allocated.

/// Takes big-endian numbers off the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data }
    }

    pub(super) fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.data.split_at_checked(bytes)?;
        self.data = tail;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// What is left.
    pub(super) const fn rest(self) -> &'a [u8] {
        self.data
    }
}

/// A box's header (ISO/IEC 14496-12 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BoxHeader {
    pub(super) kind: [u8; 4],
    /// Bytes of the header itself.
    pub(super) head: u64,
    /// Bytes of the whole box.
    pub(super) size: u64,
}

impl BoxHeader {
    /// The most bytes that a header takes.
    pub(super) const MAX: usize = 16;

    /// Reads the header at the start of `data`. A box "to the end of the file" (size 0) counts as damaged: it has no
    /// end that could be checked, and we write none.
    pub(super) fn parse(data: &[u8]) -> Option<Self> {
        let mut data = Reader::new(data);
        let size = data.u32()?;
        let kind = data.array()?;
        let (head, size) = match size {
            1 => (16, data.u64()?),
            size => (8, size.into()),
        };
        (size >= head).then_some(Self { kind, head, size })
    }
}

/// The boxes one after the other in `data`, as kind and body, up to the first damaged one.
pub(super) fn boxes(mut data: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let header = BoxHeader::parse(data)?;
        let (whole, rest) = data.split_at_checked(usize::try_from(header.size).ok()?)?;
        data = rest;
        Some((header.kind, &whole[header.head as usize..]))
    })
}

/// The body of the first box of a kind.
pub(super) fn find(data: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(data).find(|(found, _)| *found == kind).map(|(_, body)| body)
}

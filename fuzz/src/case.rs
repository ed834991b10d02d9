//! One fuzz input: a list of named byte strings, and how it is kept in a file.
//!
//! Reader targets take the names as paths. Codec targets read parameters from them, such as the
//! decoded length.

/// A fuzz input.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Case {
    /// Name and bytes of each part.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Case {
    /// A case of one part.
    pub fn one(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Case {
            files: vec![(name.into(), bytes.into())],
        }
    }

    /// Bytes in all parts.
    pub fn len(&self) -> usize {
        self.files.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// The file form: for each part u32 length of the name, u32 length of the bytes, name, bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, bytes) in &self.files {
            out.extend_from_slice(&(name.len() as u32).to_le_bytes());
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(bytes);
        }
        out
    }

    /// Reads the file form; `None` where it is not one.
    pub fn from_bytes(mut rest: &[u8]) -> Option<Self> {
        let mut case = Case::default();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at_checked(8)?;
            let name_len = u32::from_le_bytes(head[..4].try_into().ok()?) as usize;
            let len = u32::from_le_bytes(head[4..].try_into().ok()?) as usize;
            let (name, tail) = tail.split_at_checked(name_len)?;
            let (bytes, tail) = tail.split_at_checked(len)?;
            case.files
                .push((String::from_utf8(name.to_vec()).ok()?, bytes.to_vec()));
            rest = tail;
        }
        (!case.files.is_empty()).then_some(case)
    }
}

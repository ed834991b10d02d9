//! Elements as unsigned integers, little-endian.

/// An element of 1, 2, 4 or 8 bytes.
pub trait Word: Copy + Ord + Default {
    /// Its bytes.
    const BYTES: usize;
    /// From exactly [`Word::BYTES`] bytes.
    fn read(bytes: &[u8]) -> Self;
    /// To exactly [`Word::BYTES`] bytes.
    fn write(self, bytes: &mut [u8]);
    /// Widened.
    fn to_u64(self) -> u64;
    /// Itself, or zero.
    fn keep_if(self, keep: bool) -> Self;
}

macro_rules! word {
    ($($t:ty),*) => {$(
        impl Word for $t {
            const BYTES: usize = size_of::<$t>();
            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$t>()];
                array.copy_from_slice(bytes);
                <$t>::from_le_bytes(array)
            }
            #[inline(always)]
            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }
            #[inline(always)]
            fn to_u64(self) -> u64 {
                u64::from(self)
            }
            #[inline(always)]
            fn keep_if(self, keep: bool) -> Self {
                self & <$t>::from(keep).wrapping_neg()
            }
        }
    )*};
}
word!(u8, u16, u32, u64);

/// Calls a function that is generic over the element with the type of `$width` bytes.
#[macro_export]
macro_rules! with_word {
    ($width:expr, $function:ident ( $($argument:expr),* )) => {
        match $width {
            1 => $function::<u8>($($argument),*),
            2 => $function::<u16>($($argument),*),
            4 => $function::<u32>($($argument),*),
            _ => $function::<u64>($($argument),*),
        }
    };
}

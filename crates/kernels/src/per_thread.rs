//! Values of which every thread has one, also without the standard library.
//!
//! Large tables of decoders are kept so: a constant address makes the loops that use them faster than a pointer does.

#[cfg(not(feature = "std"))]
use core::cell::RefCell;

/// Declares a value of which every thread has one, made at compile time: `static NAME: Type = INITIAL;`. It has
/// `with_borrow` and `with_borrow_mut`, as a `RefCell` of `std::thread_local!` has them.
#[cfg(feature = "std")]
#[macro_export]
macro_rules! per_thread {
    (static $name:ident: $type:ty = $initial:expr;) => {
        ::std::thread_local! {
            static $name: ::core::cell::RefCell<$type> = const { ::core::cell::RefCell::new($initial) };
        }
    };
}

/// Declares a value of which every thread has one, made at compile time: `static NAME: Type = INITIAL;`. It has
/// `with_borrow` and `with_borrow_mut`, as a `RefCell` of `std::thread_local!` has them.
#[cfg(not(feature = "std"))]
#[macro_export]
macro_rules! per_thread {
    (static $name:ident: $type:ty = $initial:expr;) => {
        static $name: $crate::per_thread::OnlyThread<$type> = $crate::per_thread::OnlyThread::new($initial);
    };
}

/// A value of a program that has one thread.
#[cfg(not(feature = "std"))]
pub struct OnlyThread<T>(RefCell<T>);

// SAFETY: WebAssembly without atomics has one thread an instance, which shares its memory with no other; elsewhere this
// does not compile.
#[cfg(all(not(feature = "std"), target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<T> Sync for OnlyThread<T> {}

#[cfg(not(feature = "std"))]
impl<T> OnlyThread<T> {
    /// Of an initial value.
    pub const fn new(initial: T) -> Self {
        Self(RefCell::new(initial))
    }

    /// Calls `with` with the value.
    ///
    /// # Panics
    /// While [`OnlyThread::with_borrow_mut`] calls.
    pub fn with_borrow<R>(&'static self, with: impl FnOnce(&T) -> R) -> R {
        with(&self.0.borrow())
    }

    /// Calls `with` with the value, to be changed.
    ///
    /// # Panics
    /// While the value is borrowed.
    pub fn with_borrow_mut<R>(&'static self, with: impl FnOnce(&mut T) -> R) -> R {
        with(&mut self.0.borrow_mut())
    }
}

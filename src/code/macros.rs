//! The macros that read the rows of the table of errors. Imports nothing.

/// Makes the enum of codes, and the table, of rows as `table` has them.
macro_rules! table {
    (
        device { $($face:ident { $(
            #[doc = $meaning:literal]
            $kind:ident $code:literal $class:ident $status:tt $exit:tt $hint:literal;
        )* })* }
        elsewhere { $($face2:ident { $(
            #[doc = $meaning2:literal]
            $kind2:ident $code2:literal $class2:ident $status2:tt $exit2:tt $hint2:literal;
        )* })* }
    ) => {
        /// The kind of an error: one for each thing that a caller may decide on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[doc = $meaning] $kind,)*)*
            $($(#[doc = $meaning2] #[cfg(not(target_arch = "wasm32"))] $kind2,)*)*
        }

        impl Code {
            /// Returns the stable token for programs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$kind => $code,)*)*
                    $($(#[cfg(not(target_arch = "wasm32"))] Self::$kind2 => $code2,)*)*
                }
            }

            /// Returns whose turn it is.
            #[must_use]
            pub const fn class(self) -> Class {
                match self {
                    $($(Self::$kind => Class::$class,)*)*
                    $($(#[cfg(not(target_arch = "wasm32"))] Self::$kind2 => Class::$class2,)*)*
                }
            }
        }

        /// Every row, in the order of the kinds.
        #[cfg(not(target_arch = "wasm32"))]
        pub const TABLE: &[Row] = &[
            $($(row!($face $kind $code $class $status $exit $meaning $hint),)*)*
            $($(row!($face2 $kind2 $code2 $class2 $status2 $exit2 $meaning2 $hint2),)*)*
        ];
    };
}

#[cfg(not(target_arch = "wasm32"))]
macro_rules! row {
    ($face:ident $kind:ident $code:literal $class:ident $status:tt $exit:tt $meaning:literal
     $hint:literal) => {
        Row {
            kind: stringify!($kind),
            code: $code,
            face: Face::$face,
            meaning: $meaning,
            class: Class::$class,
            status: status!($class $status),
            exit: exit!($exit),
            hint: $hint,
        }
    };
}

#[cfg(not(target_arch = "wasm32"))]
macro_rules! status {
    ($class:ident x) => {
        None
    };
    ($class:ident -) => {
        Some(Class::$class.http_status())
    };
    ($class:ident $status:literal) => {
        Some($status)
    };
}

#[cfg(not(target_arch = "wasm32"))]
macro_rules! exit {
    (x) => {
        None
    };
    (-) => {
        Some(Exit::Failure)
    };
    (2) => {
        Some(Exit::Usage)
    };
    (signal) => {
        Some(Exit::Interrupted)
    };
}

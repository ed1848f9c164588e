//! The checks over whole files, in every format.

#[cfg(test)]
mod check;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod support;

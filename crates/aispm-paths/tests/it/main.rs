//! Attack paths: the steps load, scenarios are found, laws hold, fixes cut.

#[cfg(test)]
mod content;
#[cfg(test)]
mod cutting;
#[cfg(test)]
mod each;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod found;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod software;

//! What the program promises, tested on the program itself.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bait;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod compliance;
#[cfg(test)]
mod data;
#[cfg(test)]
mod determinism;
#[cfg(test)]
mod fix;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod measured;
#[cfg(test)]
mod regressions;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod support;

//! The public face of kp-runner: descriptions of a system under test, plans and whole runs.

#[cfg(test)]
mod adapters;
#[cfg(test)]
mod certify;
mod defects;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod example;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod going_over;
mod golden;
#[cfg(test)]
mod netwerk;
#[cfg(test)]
mod supplier;
#[cfg(test)]
mod sut;
#[cfg(test)]
mod verdict;
#[cfg(test)]
mod waiver;

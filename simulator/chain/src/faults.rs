//! What goes wrong around parties in a world: who is out, from when to when.
//!
//! A party of the estafette that is out asks the hub nothing and does nothing until it is back, then all that waited; the
//! services of a party of the network that is out are not reached. Nothing is lost by it but time. Tests: `tests/it`.

use crate::time::SimTime;

/// Who is out, from when to when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    outages: Vec<Outage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Outage {
    party: String,
    from: SimTime,
    /// None while nobody knows when it will be back.
    until: Option<SimTime>,
}

impl FaultPlan {
    /// A party is out from a moment up to another, or until it is brought back.
    pub fn put_out(&mut self, party: &str, from: SimTime, until: Option<SimTime>) {
        self.outages.push(Outage {
            party: party.to_owned(),
            from,
            until,
        });
    }

    /// A party that was out until it is brought back is back at a moment.
    pub fn bring_back(&mut self, party: &str, at: SimTime) {
        for outage in &mut self.outages {
            if outage.party == party && outage.until.is_none() {
                outage.until = Some(at);
            }
        }
    }

    /// Whether a party is out at a moment.
    #[must_use]
    pub fn is_out(&self, party: &str, now: SimTime) -> bool {
        self.of(party, now).next().is_some()
    }

    /// When a party that is out at a moment is back; none when it is not out, or nobody knows.
    #[must_use]
    pub fn back_at(&self, party: &str, now: SimTime) -> Option<SimTime> {
        self.of(party, now).filter_map(|outage| outage.until).max()
    }

    fn of(&self, party: &str, now: SimTime) -> impl Iterator<Item = &Outage> {
        let outages = self.outages.iter();
        outages.filter(move |outage| {
            outage.party == party && outage.from <= now && outage.until.is_none_or(|until| now < until)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FaultPlan;
    use crate::time::SimTime;

    #[test]
    fn a_party_is_out_from_its_first_moment_up_to_that_at_which_it_is_back() {
        let at = SimTime::from_unix_ms;
        let mut faults = FaultPlan::default();
        faults.put_out("a", at(10), Some(at(20)));
        faults.put_out("b", at(10), None);
        let out =
            |faults: &FaultPlan, party: &str| [9, 10, 19, 20].map(|moment| faults.is_out(party, at(moment)));
        assert_eq!(out(&faults, "a"), [false, true, true, false]);
        assert_eq!(out(&faults, "b"), [false, true, true, true]);
        assert_eq!(out(&faults, "c"), [false; 4]);
        assert_eq!(faults.back_at("a", at(15)), Some(at(20)));
        assert_eq!(
            (faults.back_at("b", at(15)), faults.back_at("a", at(20))),
            (None, None)
        );
        faults.bring_back("b", at(15));
        assert_eq!(out(&faults, "b"), [false, true, false, false]);
    }
}

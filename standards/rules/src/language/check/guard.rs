//! What is known to be there when a condition holds, or when it does not: so that what may be absent can be used.

use super::Checker;
use crate::language::expression::Expr;
use crate::language::syntax::{Operator, Part, Syntax};
use kp_model::ElementId;

/// Something that is known to be there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Guard {
    Element { slot: usize, element: ElementId },
    Column { slot: usize, column: usize },
}

impl Checker<'_> {
    /// What is known to be there when a condition holds, or when it does not.
    pub(super) fn truths(&mut self, syntax: &Syntax, holds: bool) -> Vec<Guard> {
        match &syntax.part {
            Part::Not(of) => self.truths(of, !holds),
            Part::Binary {
                operator,
                left,
                right,
            } => {
                let (all, left_holds) = match (operator, holds) {
                    (Operator::And, true) => (true, true),
                    (Operator::And, false) => (false, false),
                    (Operator::Or, true) => (false, true),
                    (Operator::Or, false) => (true, false),
                    (Operator::Implies, true) => (false, false),
                    (Operator::Implies, false) => (true, true),
                    _ => return Vec::new(),
                };
                let mut one = self.truths(left, left_holds);
                let other = self.truths(right, holds);
                if all {
                    one.extend(other);
                } else {
                    one.retain(|guard| other.contains(guard));
                }
                one
            }
            Part::Call { function, arguments } if holds && function.text == "exists" => {
                let told = self.shop.faults.borrow().len();
                let looked = self.looks_at.len();
                let guards = arguments.iter().filter_map(|of| self.guard(of)).collect();
                self.shop.faults.borrow_mut().truncate(told);
                self.looks_at.truncate(looked);
                guards
            }
            _ => Vec::new(),
        }
    }

    fn guard(&mut self, syntax: &Syntax) -> Option<Guard> {
        match self.present(syntax).expr {
            Expr::Path(path) => Some(Guard::Element {
                slot: path.slot,
                element: path.down.last().copied().unwrap_or(path.anchor),
            }),
            Expr::Column { slot, column } => Some(Guard::Column { slot, column }),
            _ => None,
        }
    }
}

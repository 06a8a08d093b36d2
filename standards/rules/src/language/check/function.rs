//! Functions: how many values they take, of which types, and what they give.

use std::ops::Range;

use kp_model::did_you_mean;

use super::{Checker, Slot, Typed};
use crate::language::Problem;
use crate::language::builtin::{Builtin, Takes};
use crate::language::expression::Expr;
use crate::language::syntax::{self, Name, Syntax};
use crate::language::types::Type;

impl Checker<'_> {
    pub(super) fn call(&mut self, function: &Name, arguments: &[Syntax], range: &Range<usize>) -> Typed {
        match function.text.as_str() {
            "exists" => {
                if let Some(of) = self.arguments(function, arguments, 1, "exists(ELEMENT)") {
                    let typed = self.present(&of[0]);
                    return Self::typed(Expr::Exists(Box::new(typed.expr)), Type::Boolean);
                }
                return Self::any();
            }
            "unique" => {
                self.arguments(function, arguments, 0, "unique()");
                if matches!(self.slots[0], Slot::Row { .. }) {
                    self.tell(
                        Problem::new(range.clone(), "rows have no logical key to be unique by")
                            .hint("bind the rule to a class"),
                    );
                }
                return Self::typed(Expr::Unique, Type::Boolean);
            }
            _ => {}
        }
        let Some(builtin) = Builtin::find(&function.text) else {
            let known = Builtin::ALL
                .iter()
                .map(|(name, _)| *name)
                .chain(["exists", "unique"])
                .chain(syntax::QUANTIFIERS);
            self.tell(Problem {
                range: function.range.clone(),
                what: format!("there is no function `{}`", function.text),
                hint: did_you_mean(&function.text, known),
            });
            return Self::any();
        };
        let (takes, usage) = builtin.takes();
        let Some(arguments) = self.arguments(function, arguments, takes.len(), usage) else {
            return Self::any();
        };
        let mut given = Vec::new();
        let mut like: Option<(Type, usize)> = None;
        for (position, (argument, takes)) in arguments.iter().zip(takes).enumerate() {
            let typed = match takes {
                Takes::OptionalDate | Takes::OptionalLike => self.infer(argument),
                _ => self.certain(argument),
            };
            let fits = match takes {
                Takes::Date | Takes::OptionalDate => matches!(typed.of, Type::Date | Type::Any),
                Takes::Integer => matches!(typed.of, Type::Integer | Type::Any),
                Takes::Number => typed.of.is_number(),
                Takes::Text => matches!(typed.of, Type::Text | Type::Code(_) | Type::Any),
                Takes::Boolean => matches!(typed.of, Type::Boolean | Type::Any),
                Takes::Like | Takes::OptionalLike => {
                    if let Some((first, at)) = &like {
                        self.fit(first, &arguments[*at], &typed, argument);
                    } else {
                        like = Some((typed.of.clone(), position));
                    }
                    true
                }
            };
            if !fits {
                self.tell(
                    Problem::new(
                        argument.range.clone(),
                        format!(
                            "`{}` is {}, which {} does not take here",
                            self.text(&argument.range),
                            typed.of,
                            function.text
                        ),
                    )
                    .hint(format!("write {usage}")),
                );
            }
            given.push(typed.expr);
        }
        let of = builtin
            .gives()
            .or_else(|| like.map(|(of, _)| of))
            .unwrap_or(Type::Any);
        Self::typed(
            Expr::Call {
                builtin,
                arguments: given,
            },
            of,
        )
    }

    fn arguments<'s>(
        &self,
        function: &Name,
        given: &'s [Syntax],
        wanted: usize,
        usage: &str,
    ) -> Option<&'s [Syntax]> {
        if given.len() == wanted {
            return Some(given);
        }
        self.tell(
            Problem::new(
                function.range.clone(),
                format!("{} takes {wanted} values, not {}", function.text, given.len()),
            )
            .hint(format!("write {usage}")),
        );
        None
    }
}

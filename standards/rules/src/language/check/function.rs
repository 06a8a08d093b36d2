//! Functions: how many values they take, of which types, and what they give.

use std::ops::Range;
use std::sync::Arc;

use kp_model::{Pattern, did_you_mean};

use super::{Checker, Slot, Typed};
use crate::language::Problem;
use crate::language::builtin::{Builtin, Takes};
use crate::language::expression::{Expr, Form};
use crate::language::syntax::{self, Name, Part, Syntax};
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
            "once" => return self.once(function, arguments),
            "matches" => return self.matches(function, arguments),
            "accepted_version" => return self.accepted_version(function, arguments),
            _ => {}
        }
        let Some(builtin) = Builtin::find(&function.text) else {
            let known = Builtin::ALL
                .iter()
                .map(|(name, _)| *name)
                .chain(["accepted_version", "exists", "matches", "once", "unique"])
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

    /// Whether values together were not seen before in the message, where this is asked.
    fn once(&mut self, function: &Name, arguments: &[Syntax]) -> Typed {
        if matches!(self.slots[0], Slot::Row { .. }) || self.slots.len() > 1 || arguments.is_empty() {
            self.tell(
                Problem::new(
                    function.range.clone(),
                    "only a class is asked whether some of its values occur once",
                )
                .hint("write once(ELEMENT, …) in a rule that is bound to a class, outside any statement"),
            );
        }
        let number = self.shop.element_indexes.get();
        self.shop.element_indexes.set(number + 1);
        let values = arguments.iter().map(|value| self.infer(value).expr).collect();
        Self::typed(Expr::Once { number, values }, Type::Boolean)
    }

    /// Whether a text matches a pattern of the schema language, which must stand in the rule itself.
    fn matches(&mut self, function: &Name, arguments: &[Syntax]) -> Typed {
        let usage = "matches(TEXT, \"PATTERN\")";
        let Some([text, pattern]) = self.arguments(function, arguments, 2, usage) else {
            return Self::any();
        };
        let form = match &pattern.part {
            Part::Text(source) => Pattern::new(source).map(|pattern| Form::Pattern(Arc::new(pattern))),
            _ => Err("a pattern is written out in the rule".to_owned()),
        };
        self.has_form(text, (form, &pattern.range), "matches no pattern", usage)
    }

    /// Whether the release accepts a version of one of its two schemas.
    fn accepted_version(&mut self, function: &Name, arguments: &[Syntax]) -> Typed {
        let usage = "accepted_version(TEXT, \"bericht\") or accepted_version(TEXT, \"basisschema\")";
        let Some([text, schema]) = self.arguments(function, arguments, 2, usage) else {
            return Self::any();
        };
        let versions = self.shop.release.xsd_versie();
        let form = match &schema.part {
            Part::Text(name) if name == "bericht" => Ok(Form::Version(versions.bericht.clone())),
            Part::Text(name) if name == "basisschema" => Ok(Form::Version(versions.basisschema.clone())),
            _ => Err("a release has the versions of two schemas".to_owned()),
        };
        self.has_form(text, (form, &schema.range), "is no version", usage)
    }

    fn has_form(
        &mut self,
        text: &Syntax,
        (form, at): (Result<Form, String>, &Range<usize>),
        otherwise: &str,
        usage: &str,
    ) -> Typed {
        let of = self.certain(text);
        if !matches!(of.of, Type::Text | Type::Code(_) | Type::Any) {
            let what = format!("`{}` is {}, which {otherwise}", self.text(&text.range), of.of);
            self.tell(Problem::new(text.range.clone(), what).hint(format!("write {usage}")));
        }
        match form {
            Ok(form) => Self::typed(
                Expr::Matches {
                    of: Box::new(of.expr),
                    form,
                },
                Type::Boolean,
            ),
            Err(what) => {
                self.tell(Problem::new(at.clone(), what).hint(format!("write {usage}")));
                Self::any()
            }
        }
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

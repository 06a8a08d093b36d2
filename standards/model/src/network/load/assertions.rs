//! What who takes part is held to, by code.

use super::Loader;
use crate::network::Assertion;
use crate::release::table::Table;

impl Loader<'_> {
    pub(super) fn assertions(&self, table: &Table<'_>) -> Vec<Assertion> {
        let mut assertions: Vec<Assertion> = Vec::new();
        for table in table.tables("assertion", "assertion") {
            let code = table.required_text("code");
            if assertions.iter().any(|known| known.code == code.value) {
                self.faults.add(
                    &code.place,
                    format!("the assertion `{}` is there already", code.value),
                    Some("give every assertion a code of its own".to_owned()),
                );
            }
            let basis = table.required_text("basis");
            if !["published", "own"].contains(&basis.value.as_str()) {
                self.faults.add(
                    &basis.place,
                    format!("`{}` is no basis", basis.value),
                    Some(
                        "write published for what a specification says, own for a choice of ours".to_owned(),
                    ),
                );
            }
            assertions.push(Assertion {
                code: code.value,
                nl: table.required_text("nl").value,
                en: table.required_text("en").value,
                is_published: basis.value == "published",
            });
            table.finish();
        }
        assertions
    }
}

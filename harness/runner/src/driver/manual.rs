//! Orders to a tester at a terminal, who does with the product what is asked and says when it is done.
//!
//! Questions go to standard error, so that standard output stays the report. An empty line is done, `n` with a reason is
//! refused, `?` is not supported. When nobody answers any more, that is told. Tests: `tests/it`.

use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::{Order, Status};
use crate::halt::{Fault, Halt, Stumble};

/// A tester who reads questions and writes answers.
pub(crate) struct Manual {
    terminal: Arc<Mutex<Terminal>>,
}

/// Where questions go and answers come from.
pub(crate) struct Terminal {
    pub(crate) answers: Box<dyn BufRead + Send>,
    pub(crate) questions: Box<dyn Write + Send>,
}

impl Terminal {
    /// The terminal of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            answers: Box::new(std::io::BufReader::new(std::io::stdin())),
            questions: Box::new(std::io::stderr()),
        }
    }
}

impl Manual {
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self {
            terminal: Arc::new(Mutex::new(terminal)),
        }
    }

    /// Asks the tester to do something.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        let answer = self.answer(question(order)).await?;
        Ok(match answer.trim() {
            "" => Status::Klaar,
            "?" => Status::NietOndersteund(format!("de tester kan {} niet uitvoeren", order.act)),
            refused => {
                let reden = refused.strip_prefix('n').unwrap_or(refused).trim();
                Status::Geweigerd(if reden.is_empty() { "zonder reden" } else { reden }.to_owned())
            }
        })
    }
}

impl Manual {
    /// Asks the tester whether something is to be seen; none when that cannot be said.
    pub(crate) async fn sees(
        &self,
        soort: &str,
        facts: &Value,
        scenario: &str,
    ) -> Result<Option<bool>, Halt> {
        let mut text = format!("\n{scenario}: ziet u in het product dit?\n");
        describe(&mut text, soort, facts, 1);
        text.push_str("j = ja, n = nee, ? = dat is niet te zien: ");
        let answer = self.answer(text).await?;
        Ok(match answer.trim() {
            "j" | "J" => Some(true),
            "n" | "N" => Some(false),
            _ => None,
        })
    }

    async fn answer(&self, question: String) -> Result<String, Halt> {
        let terminal = Arc::clone(&self.terminal);
        let asking = tokio::task::spawn_blocking(move || ask(&terminal, &question));
        let answer = asking.await.map_err(Stumble::from)?.map_err(Stumble::from)?;
        answer.ok_or_else(|| {
            Halt::Fault(Fault {
                expected: "een antwoord van de tester".to_owned(),
                got: "de invoer is gesloten".to_owned(),
                explanation: "Met instructies = \"manual\" voert een tester de opdrachten uit; start ketenproef in een terminal.".to_owned(),
            })
        })
    }
}

/// What a tester reads.
fn question(order: &Order) -> String {
    let mut text = String::from("\n");
    if let Some(scenario) = &order.scenario {
        text.push_str(&format!("{scenario}: "));
    }
    text.push_str(&order.act);
    text.push('\n');
    for (field, value) in &order.facts {
        describe(&mut text, field, value, 1);
    }
    text.push_str("Enter = gedaan, n REDEN = lukt niet, ? = kan het product niet: ");
    text
}

fn describe(text: &mut String, field: &str, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = field.replace('_', " ");
    match value {
        Value::Object(fields) => {
            text.push_str(&format!("{indent}{name}\n"));
            for (field, value) in fields {
                describe(text, field, value, depth + 1);
            }
        }
        Value::String(value) => text.push_str(&format!("{indent}{name}: {value}\n")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            text.push_str(&format!("{indent}{name}: {value}\n"));
        }
    }
}

/// The next line of the tester; none when there is no more.
fn ask(terminal: &Mutex<Terminal>, question: &str) -> std::io::Result<Option<String>> {
    let mut terminal = terminal
        .lock()
        .map_err(|_| std::io::Error::other("the terminal broke off"))?;
    terminal.questions.write_all(question.as_bytes())?;
    terminal.questions.flush()?;
    let mut line = String::new();
    let read = terminal.answers.read_line(&mut line)?;
    Ok((read > 0).then_some(line))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::{Manual, Order, Status, Terminal};
    use crate::halt::Halt;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0
                .lock()
                .expect("nobody panics with it")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn order() -> Order {
        let facts = json!({"toewijzing": {"gemeente": "0384", "nummer": "1"}, "begindatum": "2026-01-05"});
        Order::of("LV-01-1".to_owned(), Some("LV-01"), "start-levering", facts)
    }

    #[tokio::test]
    async fn a_tester_says_what_became_of_an_order() {
        let paper = Paper::default();
        let manual = Manual::new(Terminal {
            answers: Box::new(Cursor::new(b"\nn de knop is grijs\n?\n".to_vec())),
            questions: Box::new(paper.clone()),
        });
        assert_eq!(manual.order(&order()).await.expect("an answer"), Status::Klaar);
        let refused = manual.order(&order()).await.expect("an answer");
        assert_eq!(refused, Status::Geweigerd("de knop is grijs".to_owned()));
        assert!(matches!(
            manual.order(&order()).await,
            Ok(Status::NietOndersteund(_))
        ));
        let Err(Halt::Fault(fault)) = manual.order(&order()).await else {
            panic!("nobody answers any more")
        };
        assert_eq!(fault.got, "de invoer is gesloten");
        let asked = String::from_utf8(paper.0.lock().expect("nobody panics with it").clone()).expect("text");
        let first = asked.split("\n\n").next().unwrap_or_default();
        insta::assert_snapshot!(first.trim_start_matches('\n'), @r"
    LV-01: start-levering
      begindatum: 2026-01-05
      toewijzing
        gemeente: 0384
        nummer: 1
    Enter = gedaan, n REDEN = lukt niet, ? = kan het product niet: 
    LV-01: start-levering
      begindatum: 2026-01-05
      toewijzing
        gemeente: 0384
        nummer: 1
    Enter = gedaan, n REDEN = lukt niet, ? = kan het product niet: 
    LV-01: start-levering
      begindatum: 2026-01-05
      toewijzing
        gemeente: 0384
        nummer: 1
    Enter = gedaan, n REDEN = lukt niet, ? = kan het product niet: 
    LV-01: start-levering
      begindatum: 2026-01-05
      toewijzing
        gemeente: 0384
        nummer: 1
    Enter = gedaan, n REDEN = lukt niet, ? = kan het product niet:
");
    }
}

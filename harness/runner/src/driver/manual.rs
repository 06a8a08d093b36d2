//! Orders to a tester at a terminal, who does with the product what is asked and says when it is done.
//!
//! Questions go to standard error, so that standard output stays the report. An empty line is done, `n` with a reason is
//! refused, `?` is not supported. When nobody answers any more, or not in time, that is told. Tests: `tests/it`.

use std::cell::RefCell;
use std::io::{BufRead, Write};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use super::{Order, Status};
use crate::halt::{Fault, Halt, Stumble};

/// Lines that were typed before anybody asked.
const LINES_MAX: usize = 64;

/// A tester who reads questions and writes answers.
pub(crate) struct Manual {
    questions: RefCell<Box<dyn Write + Send>>,
    /// What the tester types; a thread of its own reads it, since a terminal cannot be waited for with a limit.
    answers: Mutex<mpsc::Receiver<String>>,
    limit: Duration,
    /// The time that was told last: a tester is not asked to set a clock that stands right.
    told: RefCell<Option<Value>>,
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
    /// A tester at a terminal, who may take so long for each question.
    pub(crate) fn new(terminal: Terminal, limit: Duration) -> Self {
        let Terminal { answers, questions } = terminal;
        let (typed, received) = mpsc::channel(LINES_MAX);
        std::thread::spawn(move || {
            for line in answers.lines().map_while(Result::ok) {
                if typed.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            questions: RefCell::new(questions),
            answers: Mutex::new(received),
            limit,
            told: RefCell::default(),
        }
    }

    /// Asks the tester to do something.
    pub(crate) async fn order(&self, order: &Order) -> Result<Status, Halt> {
        let time = order.facts.get("nu");
        if time.is_some() && *self.told.borrow() == time.cloned() {
            return Ok(Status::Klaar);
        }
        let answer = self.answer(question(order)).await?;
        if time.is_some() {
            self.told.replace(time.cloned());
        }
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

    /// Asks one question; scenarios that run beside each other wait for each other's.
    async fn answer(&self, question: String) -> Result<String, Halt> {
        let mut answers = self.answers.lock().await;
        {
            let mut questions = self.questions.borrow_mut();
            questions.write_all(question.as_bytes()).map_err(Stumble::from)?;
            questions.flush().map_err(Stumble::from)?;
        }
        let fault = |got: String| {
            Halt::Fault(Fault {
                expected: "een antwoord van de tester".to_owned(),
                got,
                explanation: "Met instructies = \"manual\" voert een tester de opdrachten uit: start ketenproef in een terminal, en geef met limiet genoeg tijd.".to_owned(),
            })
        };
        match timeout(self.limit, answers.recv()).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(fault("de invoer is gesloten".to_owned())),
            Err(_) => Err(fault(format!("niets binnen {} s", self.limit.as_secs()))),
        }
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

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
        let terminal = Terminal {
            answers: Box::new(Cursor::new(b"\nn de knop is grijs\n?\n".to_vec())),
            questions: Box::new(paper.clone()),
        };
        let manual = Manual::new(terminal, Duration::from_secs(60));
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
        let questions = asked.split_inclusive("product niet: ").collect::<Vec<_>>();
        assert_eq!(questions.len(), 4, "one question for each order");
        insta::assert_snapshot!(questions[0].trim_start_matches('\n'), @r"
    LV-01: start-levering
      begindatum: 2026-01-05
      toewijzing
        gemeente: 0384
        nummer: 1
    Enter = gedaan, n REDEN = lukt niet, ? = kan het product niet:
");
    }
}

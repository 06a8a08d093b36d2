//! What a party of ours asks of the register of the system under test, as it should or otherwise.

use cucumber::when;
use kp_chain::netwerk::{Asked, Call, Filter, Operand, Operator, Purpose, Query, Selected};
use kp_servers::netwerk::{body, claims_header};

use super::super::moment::Dag;
use super::super::world::{ScenarioWorld, StepFailure};
use super::{entity, record};
use crate::halt::Stumble;
use crate::scenario::Scenario;
use crate::testdata::TOEWIJZING;

/// How a party of ours asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    AsItShould,
    WithoutFilter,
    ForAnotherAddress,
    WithTokenThatIsOver,
    WithNull,
    Directly,
    AsJson,
}

#[when(regex = r"^aanbieder (\w+) op (\d{2}-\d{2}-\d{4}) toewijzing (\w+) van gemeente (\w+) opvraagt(.*)$")]
async fn asks(
    world: &mut ScenarioWorld,
    aanbieder: String,
    day: Dag,
    toewijzing: String,
    gemeente: String,
    how: String,
) -> Result<(), StepFailure> {
    let ways = [
        ("", How::AsItShould),
        (" zonder verplicht filter", How::WithoutFilter),
        (" met een token voor een ander adres", How::ForAnotherAddress),
        (" met een verlopen token", How::WithTokenThatIsOver),
        (
            " met een filter op niets, langs het toegangspunt heen",
            How::WithNull,
        ),
        (" zonder toegangspunt", How::Directly),
        (" als application/json", How::AsJson),
    ];
    world
        .step(async |scenario| {
            let way = ways.iter().find(|(text, _)| *text == how);
            let Some((_, way)) = way else {
                return Err(Stumble(format!("there is no way to ask `{how}`")).into());
            };
            scenario.set_date(day.0).await?;
            ask(scenario, &aanbieder, &gemeente, &toewijzing, *way).await?;
            Ok(scenario.settle().await?)
        })
        .await
}

async fn ask(
    scenario: &mut Scenario,
    from: &str,
    to: &str,
    toewijzing: &str,
    how: How,
) -> Result<(), StepFailure> {
    let (entity, code) = entity(scenario, TOEWIJZING)?;
    let id = record(scenario, toewijzing)?;
    let stage = scenario.stage()?;
    let (_, own) = stage.party(from)?;
    let network = &stage.network;
    let key = network.entity(entity).key.clone();
    let test = |path: &str, with: Operand| Filter::Test {
        path: path.to_owned(),
        operator: Operator::Eq,
        with,
    };
    let role = network.role("aanbieder").map(|(_, role)| role.name.clone());
    let role = role.ok_or_else(|| Stumble("the network knows no aanbieder".to_owned()))?;
    let mut filters = vec![match how {
        How::WithNull => test(&key, Operand::Null),
        How::AsItShould
        | How::WithoutFilter
        | How::ForAnotherAddress
        | How::WithTokenThatIsOver
        | How::Directly
        | How::AsJson => test(&key, Operand::One(id.to_string())),
    }];
    if how != How::WithoutFilter {
        filters.push(test(&role, Operand::One(own)));
    }
    let query = Query {
        entity,
        view: None,
        filter: Filter::All(filters),
        selection: vec![Selected {
            response: key.clone(),
            asked: Asked::Path(key),
            below: Vec::new(),
        }],
    };
    scenario.mark();
    let stage = scenario.stage()?;
    let purpose = Purpose::Register { code, view: None };
    let answer = match how {
        How::WithNull => Some(stage.bring(from, purpose, Call::Query(query), "").await?),
        How::AsJson => {
            let accept = "application/json";
            Some(stage.bring(from, purpose, Call::Query(query), accept).await?)
        }
        How::Directly => {
            let (address, _) = stage.place(to, &query)?;
            let scope = stage.network.read_scope(query.entity, None);
            let claims = claims_header(&stage.claims(from, &[scope], &address)?);
            let asked = body(&stage.network, &Call::Query(query)).into();
            // Who closes the door before an answer refuses as well.
            stage
                .post(from, &address, &[("claims", claims)], asked)
                .await
                .ok()
        }
        How::AsItShould | How::WithoutFilter | How::ForAnotherAddress | How::WithTokenThatIsOver => {
            let (address, access) = stage.place(to, &query)?;
            if how == How::WithTokenThatIsOver {
                let (_, code) = stage.party(from)?;
                stage.handle().change(|machine| machine.expire_token(&code));
            }
            let audience = if how == How::ForAnotherAddress {
                stage.other_address(to, &query)?
            } else {
                address
            };
            let token = stage.token(from, &query, &audience).await?;
            let asked = body(&stage.network, &Call::Query(query)).into();
            let headers = [("authorization", format!("Bearer {token}"))];
            Some(stage.post(from, &access, &headers, asked).await?)
        }
    };
    scenario.answer = answer;
    Ok(())
}

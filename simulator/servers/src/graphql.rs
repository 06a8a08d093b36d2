//! GraphQL text as a question to a register, and answers as JSON.
//!
//! Text is parsed and held against the schema of the register by apollo-compiler. What is left is one root with fragments,
//! variables, directives and aliases resolved: whoever decides about it sees what is really asked. Limits hold before
//! anything is looked up. Tests: `tests/it/graphql.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Operation, OperationType, Selection, SelectionSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Node, Schema};
use kp_chain::netwerk::{Answered, Asked, Filter, Operand, Operator, Query, Selected, Unreadable};
use kp_model::network::{EntityId, Network, NetworkLimits, sdl};
use serde::Deserialize;

/// The deepest nesting of text and of filters, beside the limit on selections.
const NESTING_MAX: usize = 32;
/// The most tokens of a text: no query that means something has as many.
const TOKENS_MAX: usize = 8_192;

/// The schema of a register or one of its views, with what it is about.
#[derive(Debug)]
pub struct RegisterSchema {
    network: Arc<Network>,
    register: usize,
    view: Option<String>,
    schema: Valid<Schema>,
}

/// What a request asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// The question.
    pub query: Query,
    /// The name under which it is answered.
    pub response: String,
}

/// The body of a request (GraphQL over HTTP).
#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<JsonMap>,
}

pub(crate) fn unfit(text: impl Into<String>) -> Unreadable {
    Unreadable {
        status: 400,
        text: text.into(),
    }
}

impl RegisterSchema {
    /// The schema of the core of a register, or of a view.
    ///
    /// # Errors
    /// When the data of the standard makes no schema; the text says why.
    pub fn new(network: Arc<Network>, register: usize, view: Option<&str>) -> Result<Self, String> {
        let text = sdl(&network, &network.registers[register], view);
        let schema = Schema::parse_and_validate(text, "register.graphql")
            .map_err(|faulty| faulty.errors.to_string())?;
        Ok(Self {
            network,
            register,
            view: view.map(str::to_owned),
            schema,
        })
    }

    /// The schema of every register and view, by the place of the register.
    pub(crate) fn all(network: &Arc<Network>) -> Result<BTreeMap<(usize, Option<String>), Self>, String> {
        let mut schemas = BTreeMap::new();
        for (place, register) in network.registers.iter().enumerate() {
            let views = register.entities.iter().flat_map(|entity| &entity.views);
            for view in std::iter::once(None).chain(views.map(Some)) {
                let schema = Self::new(Arc::clone(network), place, view.map(String::as_str))?;
                schemas.insert((place, view.cloned()), schema);
            }
        }
        Ok(schemas)
    }

    /// What the body of a request asks.
    ///
    /// # Errors
    /// When it is too large, no JSON, no GraphQL, not what the schema knows, or more than one question.
    pub fn read(&self, body: &[u8]) -> Result<Asks, Unreadable> {
        let limits = &self.network.limits;
        let request = Request::read(&self.schema, body, limits.query_bytes as usize)?;
        let operation = request.operation()?;
        if operation.operation_type != OperationType::Query {
            return Err(unfit("No operation found to evaluate"));
        }
        let variables = request.variables(&self.schema, operation)?;
        let reader = Reader::new(&request, &variables, limits);
        reader.root(self, operation)
    }

    fn entity(&self, root: &str) -> Option<EntityId> {
        let register = self.register;
        let mut entities = self.network.registers[register].entities.iter();
        let entity = entities.position(|entity| entity.root == root)?;
        Some(EntityId { register, entity })
    }
}

/// A request whose text fits a schema.
pub(crate) struct Request {
    document: Valid<ExecutableDocument>,
    operation_name: Option<String>,
    given: JsonMap,
}

impl Request {
    /// Reads the body of a request.
    pub(crate) fn read(schema: &Valid<Schema>, body: &[u8], bytes_max: usize) -> Result<Self, Unreadable> {
        if body.len() > bytes_max {
            return Err(unfit(format!("the request is larger than {bytes_max} bytes")));
        }
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| unfit(format!("the request is no query: {error}")))?;
        let mut parser = Parser::new().recursion_limit(NESTING_MAX).token_limit(TOKENS_MAX);
        let document = parser
            .parse_ast(body.query, "query.graphql")
            .map_err(|_| unfit("Unable to parse graphql query"))?;
        let document = document
            .to_executable_validate(schema)
            .map_err(|errors| unfit(first_message(&errors.errors)))?;
        Ok(Self {
            document,
            operation_name: body.operation_name,
            given: body.variables.unwrap_or_default(),
        })
    }

    /// The one operation of it.
    pub(crate) fn operation(&self) -> Result<&Operation, Unreadable> {
        if self.document.operations.len() != 1 {
            return Err(unfit("Only one operation at the time is supported."));
        }
        let operation = self.document.operations.get(self.operation_name.as_deref());
        let operation = operation.map_err(|error| unfit(error.message().to_string()))?;
        Ok(operation)
    }

    /// The values of its variables.
    pub(crate) fn variables(
        &self,
        schema: &Valid<Schema>,
        operation: &Operation,
    ) -> Result<Valid<JsonMap>, Unreadable> {
        coerce_variable_values(schema, operation, &self.given)
            .map_err(|error| unfit(error.message().to_string()))
    }
}

/// The first of what is wrong, without a picture of the place.
fn first_message(errors: &DiagnosticList) -> String {
    let first = errors.iter().next();
    first.map_or_else(String::new, |error| error.to_json().message)
}

/// Reads one operation.
pub(crate) struct Reader<'a> {
    limits: &'a NetworkLimits,
    document: &'a Valid<ExecutableDocument>,
    variables: &'a Valid<JsonMap>,
    /// How many more fields may be asked.
    left: std::cell::Cell<u32>,
}

/// A field that is asked, wherever the fragments put it.
pub(crate) type AskedField<'a> = &'a Node<apollo_compiler::executable::Field>;

impl<'a> Reader<'a> {
    pub(crate) fn new(
        request: &'a Request,
        variables: &'a Valid<JsonMap>,
        limits: &'a NetworkLimits,
    ) -> Self {
        Self {
            limits,
            document: &request.document,
            variables,
            left: std::cell::Cell::new(limits.query_fields),
        }
    }

    /// The one root of an operation.
    pub(crate) fn only_root<'s>(&'s self, operation: &'s Operation) -> Result<AskedField<'s>, Unreadable> {
        let mut fields = Vec::new();
        self.flatten(&operation.selection_set, 0, &mut fields)?;
        match fields.as_slice() {
            [field] => Ok(*field),
            _ => Err(unfit("Only one selectionset in an operation is supported.")),
        }
    }

    fn root(&self, of: &RegisterSchema, operation: &Operation) -> Result<Asks, Unreadable> {
        let field = self.only_root(operation)?;
        let Some(entity) = of.entity(&field.name) else {
            return Err(unfit("No operation found to evaluate"));
        };
        let network = &of.network;
        let response = field.response_key().as_str();
        // An operation that goes by the name of another is made to mislead whoever looks at names.
        let poses = network.entity_ids().map(|id| &network.entity(id).root);
        if *response != *field.name && poses.into_iter().any(|root| root == response) {
            return Err(Unreadable {
                status: 403,
                text: "an alias may not be the name of another operation".to_owned(),
            });
        }
        let given = field.specified_argument_by_name("where");
        let filter = given.map(|given| self.value(given, 0)).transpose()?.flatten();
        let filter = filter.ok_or_else(|| unfit("`where` is null or not given"))?;
        Ok(Asks {
            query: Query {
                entity,
                view: of.view.clone(),
                filter: self.filter(&filter, "", 0)?,
                selection: self.select(&field.selection_set, "", 2)?,
            },
            response: response.to_owned(),
        })
    }

    /// The fields of a selection, those of fragments in their place, those that directives leave out not.
    fn flatten<'s>(
        &'s self,
        set: &'s SelectionSet,
        nesting: usize,
        fields: &mut Vec<AskedField<'s>>,
    ) -> Result<(), Unreadable> {
        if nesting > NESTING_MAX {
            return Err(unfit("fragments are nested too deep"));
        }
        for selection in &set.selections {
            let left = self.left.get().checked_sub(1);
            self.left
                .set(left.ok_or_else(|| unfit("too many fields are asked"))?);
            if self.is_left_out(selection)? {
                continue;
            }
            match selection {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(fragment) => {
                    self.flatten(&fragment.selection_set, nesting + 1, fields)?
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = spread.fragment_def(self.document);
                    let fragment = fragment.ok_or_else(|| unfit("a fragment is not there"))?;
                    self.flatten(&fragment.selection_set, nesting + 1, fields)?;
                }
            }
        }
        Ok(())
    }

    fn is_left_out(&self, selection: &Selection) -> Result<bool, Unreadable> {
        for (name, leaves_out) in [("skip", true), ("include", false)] {
            let directive = selection.directives().get(name);
            let given = directive.and_then(|directive| directive.specified_argument_by_name("if"));
            if let Some(given) = given
                && self.value(given, 0)? == Some(JsonValue::Bool(leaves_out))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn select(
        &self,
        set: &SelectionSet,
        above: &str,
        depth: u32,
    ) -> Result<Vec<Selected>, Unreadable> {
        let max = self.limits.query_depth;
        if depth > max {
            return Err(unfit(format!("the query is deeper than {max}")));
        }
        let mut fields = Vec::new();
        self.flatten(set, 0, &mut fields)?;
        let mut selection: Vec<Selected> = Vec::new();
        for field in fields {
            let response = field.response_key().to_string();
            let asked = if field.name == "__typename" {
                Asked::TypeName(set.ty.to_string())
            } else {
                Asked::Path(join(above, &field.name))
            };
            let below = if field.selection_set.selections.is_empty() {
                Vec::new()
            } else {
                self.select(&field.selection_set, &join(above, &field.name), depth + 1)?
            };
            match selection.iter_mut().find(|known| known.response == response) {
                // Asked twice: validation has seen that both ask the same.
                Some(known) => {
                    for more in below {
                        if !known.below.iter().any(|one| one.response == more.response) {
                            known.below.push(more);
                        }
                    }
                }
                None => selection.push(Selected {
                    response,
                    asked,
                    below,
                }),
            }
        }
        Ok(selection)
    }

    /// A value with variables in their place; none for a variable that was not given.
    pub(crate) fn value(&self, value: &Value, nesting: usize) -> Result<Option<JsonValue>, Unreadable> {
        if nesting > NESTING_MAX {
            return Err(unfit("a value is nested too deep"));
        }
        Ok(Some(match value {
            Value::Null => JsonValue::Null,
            Value::Boolean(truth) => JsonValue::Bool(*truth),
            Value::String(text) => JsonValue::String(text.as_str().into()),
            Value::Enum(name) => JsonValue::String(name.as_str().into()),
            Value::Int(number) => JsonValue::String(number.as_str().into()),
            Value::Float(number) => JsonValue::String(number.as_str().into()),
            Value::Variable(name) => return Ok(self.variables.get(name.as_str()).cloned()),
            Value::List(items) => {
                let items = items.iter().map(|item| self.value(item, nesting + 1));
                JsonValue::Array(
                    items
                        .map(|item| Ok(item?.unwrap_or(JsonValue::Null)))
                        .collect::<Result<_, Unreadable>>()?,
                )
            }
            Value::Object(pairs) => {
                let mut object = JsonMap::new();
                for (name, value) in pairs {
                    if let Some(value) = self.value(value, nesting + 1)? {
                        object.insert(name.as_str(), value);
                    }
                }
                JsonValue::Object(object)
            }
        }))
    }

    /// The filters of a record or of a group of it.
    fn filter(&self, value: &JsonValue, above: &str, nesting: usize) -> Result<Filter, Unreadable> {
        let JsonValue::Object(parts) = value else {
            return Err(unfit("a filter is null"));
        };
        if nesting > NESTING_MAX {
            return Err(unfit("filters are nested too deep"));
        }
        let mut all = Vec::new();
        for (name, part) in parts {
            let left = self.left.get().checked_sub(1);
            self.left
                .set(left.ok_or_else(|| unfit("too many fields are asked"))?);
            match (above, name.as_str()) {
                ("", "and" | "or") => {
                    // One alternative may stand without its list.
                    let items = part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice);
                    let filters = items.iter().map(|item| self.filter(item, above, nesting + 1));
                    let filters = filters.collect::<Result<Vec<_>, _>>()?;
                    all.push(if name.as_str() == "and" {
                        Filter::All(filters)
                    } else {
                        Filter::Any(filters)
                    });
                }
                (_, name) => all.push(self.field_filter(&join(above, name), part, nesting + 1)?),
            }
        }
        Ok(Filter::All(all))
    }

    /// The filters of one field: tests, or filters of the fields of a group.
    fn field_filter(&self, path: &str, value: &JsonValue, nesting: usize) -> Result<Filter, Unreadable> {
        let JsonValue::Object(parts) = value else {
            return Err(unfit(format!("the filter on {path} is null")));
        };
        let mut all = Vec::new();
        for (name, part) in parts {
            all.push(match operator(name.as_str()) {
                Some(operator) => Filter::Test {
                    path: path.to_owned(),
                    operator,
                    with: operand(path, part)?,
                },
                None => self.field_filter_below(path, name.as_str(), part, nesting)?,
            });
        }
        Ok(Filter::All(all))
    }

    fn field_filter_below(
        &self,
        path: &str,
        name: &str,
        part: &JsonValue,
        nesting: usize,
    ) -> Result<Filter, Unreadable> {
        if nesting > NESTING_MAX {
            return Err(unfit("filters are nested too deep"));
        }
        self.field_filter(&join(path, name), part, nesting + 1)
    }
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() {
        name.to_owned()
    } else {
        format!("{above}/{name}")
    }
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "eq" => Operator::Eq,
        "neq" => Operator::Neq,
        "in" => Operator::In,
        "gt" => Operator::Gt,
        "gte" => Operator::Gte,
        "lt" => Operator::Lt,
        "lte" => Operator::Lte,
        "ngt" => Operator::Ngt,
        "nlt" => Operator::Nlt,
        _ => return None,
    })
}

fn operand(path: &str, value: &JsonValue) -> Result<Operand, Unreadable> {
    let one = |value: &JsonValue| match value {
        JsonValue::String(text) => Some(text.as_str().to_owned()),
        JsonValue::Number(number) => Some(number.to_string()),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Array(_) | JsonValue::Object(_) => None,
    };
    let operand = match value.as_array() {
        Some(items) => items
            .iter()
            .map(one)
            .collect::<Option<Vec<_>>>()
            .map(Operand::Many),
        None if value.is_null() => Some(Operand::Null),
        None => one(value).map(Operand::One),
    };
    operand.ok_or_else(|| unfit(format!("the filter on {path} is held against no value")))
}

/// An answer as JSON.
#[must_use]
pub fn json(answered: &Answered) -> serde_json::Value {
    match answered {
        Answered::Null => serde_json::Value::Null,
        Answered::Text(text) => text.as_str().into(),
        Answered::Number(number) => (*number).into(),
        Answered::List(items) => items.iter().map(json).collect(),
        Answered::Object(parts) => {
            let parts = parts.iter().map(|(name, part)| (name.clone(), json(part)));
            serde_json::Value::Object(parts.collect())
        }
    }
}

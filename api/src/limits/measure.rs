//! Measuring a document.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use kernel::limits::{NODES_MAX, PAGE_DEFAULT, PAGE_MAX};

/// The price of a mutation beside what is asked of its answer.
const MUTATION: usize = 50;

/// How much a document asks for: the most of its operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Deepest nesting of fields.
    pub depth: usize,
    /// Deepest nesting below `__schema` and `__type`.
    pub introspection_depth: usize,
    /// Aliases in the whole document.
    pub aliases: usize,
    /// Root fields of a query or subscription.
    pub root_fields: usize,
    /// Root fields of a mutation.
    pub mutations: usize,
    /// Points: a field is one, a list is its page times what stands inside, a mutation 50 more.
    pub complexity: usize,
}

/// What a selection costs.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    points: usize,
    depth: usize,
    introspection_depth: usize,
    fields: usize,
}

impl Cost {
    /// Beside each other.
    fn beside(self, other: Self) -> Self {
        Self {
            points: self.points.saturating_add(other.points),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            fields: self.fields.saturating_add(other.fields),
        }
    }
}

struct Meter<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'a Variables,
    operation: &'a OperationDefinition,
    /// Fragments already measured; none while it is being measured.
    known: HashMap<&'a str, Option<Cost>>,
}

impl Measure {
    /// Measures a document with the variables it is sent with.
    #[must_use]
    pub fn of(document: &ExecutableDocument, variables: &Variables) -> Self {
        let mut most = Self::default();
        let sets = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
        most.aliases = sets.map(aliases).sum();
        for (_, operation) in document.operations.iter() {
            let operation = &operation.node;
            most.aliases = most.aliases.saturating_add(aliases(&operation.selection_set.node));
            let mut meter = Meter { fragments: &document.fragments, variables, operation, known: HashMap::new() };
            let cost = meter.set(&operation.selection_set.node);
            most.depth = most.depth.max(cost.depth);
            most.introspection_depth = most.introspection_depth.max(cost.introspection_depth);
            let mut points = cost.points;
            if operation.ty == OperationType::Mutation {
                most.mutations = most.mutations.max(cost.fields);
                points = points.saturating_add(cost.fields.saturating_mul(MUTATION));
            } else {
                most.root_fields = most.root_fields.max(cost.fields);
            }
            most.complexity = most.complexity.max(points);
        }
        most
    }
}

fn aliases(set: &SelectionSet) -> usize {
    set.items
        .iter()
        .map(|selection| match &selection.node {
            Selection::Field(field) => {
                usize::from(field.node.alias.is_some()) + aliases(&field.node.selection_set.node)
            }
            Selection::InlineFragment(inline) => aliases(&inline.node.selection_set.node),
            Selection::FragmentSpread(_) => 0,
        })
        .sum()
}

impl<'a> Meter<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Cost {
        set.items.iter().fold(Cost::default(), |sum, selection| {
            sum.beside(match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            })
        })
    }

    fn field(&mut self, field: &'a Field) -> Cost {
        let inside = self.set(&field.selection_set.node);
        let one = Cost { points: 1, depth: 1, introspection_depth: 0, fields: 1 };
        if field.name.node.starts_with("__") {
            return Cost { introspection_depth: inside.depth.saturating_add(1), ..one };
        }
        Cost {
            points: inside.points.saturating_mul(self.rows(field)).saturating_add(1),
            depth: inside.depth.saturating_add(1),
            introspection_depth: inside.introspection_depth,
            fields: 1,
        }
    }

    /// A fragment is measured once and counted wherever it is spread; a spread is a point of its own, so that
    /// spreads of spreads of nothing cost something too. A cycle is left to validation.
    fn fragment(&mut self, name: &'a str) -> Cost {
        let spread = Cost { points: 1, ..Cost::default() };
        let cost = match self.known.get(name) {
            Some(Some(cost)) => *cost,
            Some(None) => Cost::default(),
            None => {
                let Some(fragment) = self.fragments.get(name) else { return spread };
                self.known.insert(name, None);
                let cost = self.set(&fragment.node.selection_set.node);
                self.known.insert(name, Some(cost));
                cost
            }
        };
        spread.beside(cost)
    }

    /// How many rows a field asks for: its page, the ids it names, or one.
    fn rows(&self, field: &Field) -> usize {
        if let Some(page) = ["first", "last"].into_iter().find_map(|name| self.number(field, name)) {
            return page.clamp(1, usize::try_from(PAGE_MAX).unwrap_or(usize::MAX));
        }
        if let Some(Value::List(ids)) = self.argument(field, "ids") {
            return ids.len().clamp(1, NODES_MAX);
        }
        let is_list = field.selection_set.node.items.iter().any(|selection| match &selection.node {
            Selection::Field(inner) => matches!(inner.node.name.node.as_str(), "nodes" | "edges"),
            _ => false,
        });
        if is_list { usize::try_from(PAGE_DEFAULT).unwrap_or(usize::MAX) } else { 1 }
    }

    fn number(&self, field: &Field, name: &str) -> Option<usize> {
        match self.argument(field, name)? {
            Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            _ => None,
        }
    }

    /// An argument with its variables filled in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let given = field.get_argument(name)?.node.clone();
        given.into_const_with(|variable| self.variable(&variable).ok_or(())).ok()
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        self.variables.get(name).cloned().or_else(|| {
            let definition = self.operation.variable_definitions.iter().find(|one| one.node.name.node == *name)?;
            definition.node.default_value().cloned()
        })
    }
}

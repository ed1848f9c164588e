//! Pages of lists, facets, and extractors whose refusals are problems.

use std::collections::BTreeMap;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Json, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Items of one page at most.
pub(crate) const MOST: u32 = 200;
/// Items of one page where nobody says.
const USUAL: u32 = 50;
/// Furthest page.
const FURTHEST: u32 = 10_000_000;
/// Values of one facet that are listed.
const VALUES: usize = 100;

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// How many there are in all, after filters.
    pub(crate) total: u64,
    /// Items before this page.
    pub(crate) offset: u32,
    /// Items of a page.
    pub(crate) limit: u32,
    /// How many there are of each value, after filters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub(crate) facets: BTreeMap<&'static str, Vec<FacetValue>>,
}

/// One value of a facet.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// As a filter takes it.
    pub(crate) value: String,
    /// How many.
    pub(crate) count: u64,
}

/// Which part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) offset: u32,
    pub(crate) limit: u32,
}

impl Part {
    pub(crate) fn new(offset: Option<u32>, limit: Option<u32>) -> Result<Self, Problem> {
        let (offset, limit) = (offset.unwrap_or(0), limit.unwrap_or(USUAL));
        if limit == 0 || limit > MOST {
            return Err(Problem::Bad(format!("`limit` is 1 to {MOST}")));
        }
        if offset > FURTHEST {
            return Err(Problem::Bad(format!("`offset` is at most {FURTHEST}")));
        }
        Ok(Self { offset, limit })
    }

    /// The page of a list that is in memory.
    pub(crate) fn of<T, U>(self, all: &[T], make: impl FnMut(&T) -> U) -> Page<U> {
        let items = all
            .iter()
            .skip(self.offset as usize)
            .take(self.limit as usize)
            .map(make)
            .collect();
        self.page(items, all.len() as u64)
    }

    /// A page that the store made.
    pub(crate) fn page<U>(self, items: Vec<U>, total: u64) -> Page<U> {
        Page {
            items,
            total,
            offset: self.offset,
            limit: self.limit,
            facets: BTreeMap::new(),
        }
    }
}

/// Offset and limit alone.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// Items to skip.
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    /// Items to give, 50 where absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl Paging {
    pub(crate) fn part(&self) -> Result<Part, Problem> {
        Part::new(self.offset, self.limit)
    }
}

/// Counts values, the most frequent first.
pub(crate) fn facet(values: impl Iterator<Item = String>) -> Vec<FacetValue> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<FacetValue> = counts
        .into_iter()
        .map(|(value, count)| FacetValue { value, count })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    counts.truncate(VALUES);
    counts
}

/// A filter that takes several values, with commas between.
#[derive(Clone, Debug)]
pub(crate) struct OneOf(Option<Vec<String>>);

impl OneOf {
    pub(crate) fn new(written: Option<&String>) -> Self {
        Self(
            written
                .filter(|w| !w.is_empty())
                .map(|w| w.split(',').map(|v| v.trim().to_owned()).collect()),
        )
    }
    pub(crate) fn takes(&self, value: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|values| values.iter().any(|v| v == value))
    }
}

/// A filter by text in any of several places, whatever the case.
pub(crate) struct Text(Option<String>);

impl Text {
    pub(crate) fn new(written: Option<&String>) -> Self {
        Self(written.map(|w| w.trim().to_lowercase()).filter(|w| !w.is_empty()))
    }
    pub(crate) fn takes<'a>(&self, mut places: impl Iterator<Item = &'a str>) -> bool {
        self.0
            .as_ref()
            .is_none_or(|text| places.any(|p| p.to_lowercase().contains(text)))
    }
}

/// A query string.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parsed: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        Ok(Self(parsed?.0))
    }
}

/// A part of the path.
pub(crate) struct Place<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Place<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parsed = axum::extract::Path::from_request_parts(parts, state).await;
        Ok(Self(parsed?.0))
    }
}

/// A JSON body.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let parsed: Result<Json<T>, JsonRejection> = Json::from_request(request, state).await;
        Ok(Self(parsed?.0))
    }
}

/// Refuses a text that is empty, too long, or has control characters.
pub(crate) fn text(name: &str, value: &str, most: usize) -> Result<String, Problem> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > most || value.chars().any(char::is_control) {
        return Err(Problem::Bad(format!(
            "`{name}` is 1 to {most} characters, none of them control characters"
        )));
    }
    Ok(value.to_owned())
}

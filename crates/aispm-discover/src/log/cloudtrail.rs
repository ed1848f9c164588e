//! CloudTrail: whole documents of `Records`, as they are delivered, or one record a line.

use std::io::{self, BufReader, Read};

use aispm_formats::bounded::ReadAt;
use serde::Deserialize;

use super::domains::domains;
use super::tally::{Tally, Use};
use super::when::When;

/// Bytes of one document.
const DOCUMENT: u64 = 512 << 20;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    #[serde(flatten)]
    record: Record,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_source: Option<String>,
    event_name: Option<String>,
    event_time: Option<String>,
    error_code: Option<String>,
    user_identity: Option<Caller>,
    request_parameters: Option<Parameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Caller {
    arn: Option<String>,
    user_name: Option<String>,
    invoked_by: Option<String>,
    session_context: Option<Session>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_issuer: Option<Issuer>,
}

#[derive(Deserialize)]
struct Issuer {
    arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    model_id: Option<String>,
}

/// Reads a file of records; what is wrong, where it cannot be read to its end.
pub(crate) fn read(name: &str, source: &dyn ReadAt, tally: &mut Tally) -> Result<(), String> {
    let stream = Stream { source, at: 0 };
    let reader = BufReader::with_capacity(128 << 10, stream.take(DOCUMENT));
    let mut records = 0u64;
    for document in serde_json::Deserializer::from_reader(reader).into_iter::<Document>() {
        // The message of the parser may quote the document; the place is enough.
        let document = document.map_err(|e| {
            let what = if e.is_eof() {
                "ends early"
            } else {
                "is no CloudTrail"
            };
            format!(
                "{what} at line {}, column {} (after {records} records)",
                e.line(),
                e.column()
            )
        })?;
        for record in document.records.into_iter().flatten().chain([document.record]) {
            if record.event_source.is_some() {
                records += 1;
                count(name, &record, tally);
            }
        }
    }
    if records == 0 {
        return Err(String::from("holds no CloudTrail record"));
    }
    Ok(())
}

fn count(name: &str, record: &Record, tally: &mut Tally) {
    let Some(service) = record
        .event_source
        .as_deref()
        .and_then(|s| domains().by_source(s))
    else {
        return;
    };
    let event = record.event_name.as_deref().unwrap_or_default();
    // Looking at what is configured is no use of it: every inventory does it.
    if ["List", "Describe", "Get", "BatchGet"]
        .iter()
        .any(|p| event.starts_with(p))
    {
        return;
    }
    let user = record.user_identity.as_ref().and_then(Caller::name);
    tally.count(&Use {
        file: name,
        line: None,
        service,
        user: user.as_deref().unwrap_or("unknown"),
        when: record.event_time.as_deref().map_or(When::None, When::Iso),
        bytes: 0,
        denied: record.error_code.is_some(),
        via: "cloudtrail",
        model: record
            .request_parameters
            .as_ref()
            .and_then(|p| p.model_id.as_deref()),
    });
}

impl Caller {
    /// The person where the session is named after one, the role for sessions of machines, else the principal.
    fn name(&self) -> Option<String> {
        let arn = self.arn.as_deref().unwrap_or_default();
        if let Some((_, session)) = arn
            .split_once(":assumed-role/")
            .and_then(|(_, r)| r.split_once('/'))
        {
            let issuer = self
                .session_context
                .as_ref()
                .and_then(|s| s.session_issuer.as_ref());
            let role = issuer.and_then(|i| i.arn.clone());
            return Some(if session.contains('@') {
                session.to_owned()
            } else {
                role.unwrap_or_else(|| arn.to_owned())
            });
        }
        let whole = (!arn.is_empty()).then(|| arn.to_owned());
        whole
            .or_else(|| self.user_name.clone())
            .or_else(|| self.invoked_by.clone())
    }
}

/// Positioned bytes in order.
struct Stream<'a> {
    source: &'a dyn ReadAt,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.at, buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

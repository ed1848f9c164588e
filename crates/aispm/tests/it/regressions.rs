//! Estates that were once judged wrongly, each with its near miss.

use crate::support::{scan_json, write};

const ROUTE: &str = r#"
import os
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer
from openai import OpenAI

app = FastAPI()
scheme = HTTPBearer()
client = OpenAI()

def caller(given = Depends(scheme)):
    if given.credentials != os.environ["APP_TOKEN"]:
        raise HTTPException(401)
    return "u"

def settings():
    return {"temperature": 0}

@app.post("/chat")
def chat(body: dict, who: str = Depends(caller)):
    r = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": body["text"]}])
    return {"answer": r.choices[0].message.content}
"#;

fn report(files: &[(&str, &[u8])]) -> serde_json::Value {
    let home = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(home.path(), &format!("estate/{path}"), content);
    }
    scan_json(home.path(), &home.path().join("estate"), &["--no-store"])
}

fn rules(report: &serde_json::Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|f| f["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_dependency_of_a_dependency_checks_the_caller() {
    let authenticated = |source: &str| {
        let report = report(&[("main.py", source.as_bytes())]);
        let assets = report["assets"].as_array().unwrap().clone();
        let endpoint = assets.iter().find(|a| a["kind"] == "endpoint").unwrap().clone();
        endpoint["properties"]["authenticated"].clone()
    };
    assert_eq!(authenticated(ROUTE), true);
    let annotated = ROUTE.replace(
        "who: str = Depends(caller)",
        "who: Annotated[str, Depends(caller)]",
    );
    assert_eq!(authenticated(&annotated), true);
    let other = ROUTE.replace("Depends(caller)", "Depends(settings)");
    assert_ne!(authenticated(&other), true);
}

#[test]
fn source_with_a_nul_byte_is_read() {
    let source = "# a\0b\nfrom openai import OpenAI\nr = OpenAI().chat.completions.create(model='gpt-4o', messages=[])\nexec(r.choices[0].message.content)\n";
    let report = report(&[("a.py", source.as_bytes())]);
    assert!(rules(&report).contains(&String::from("model-output-to-code")));
}

#[test]
fn keys_in_directory_names_and_owners_are_masked() {
    let key = format!("hf_{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1c");
    let path = format!("dir-{key}/app.py");
    let owners = format!("* @{key}\n");
    let source = "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4o', messages=[])\n";
    let report = report(&[(&path, source.as_bytes()), ("CODEOWNERS", owners.as_bytes())]);
    let text = report.to_string();
    assert!(
        text.contains("gpt-4o") && !text.contains("E5gH7jK9mN1p"),
        "{text}"
    );
}

#[test]
fn a_pickle_in_a_compression_that_is_not_read_is_not_assessed() {
    // The header of an lz4 frame, and noise.
    let mut bytes = vec![0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7];
    bytes.extend((0u8..200).map(|i| i.wrapping_mul(37)));
    let report = report(&[("clf.joblib", &bytes)]);
    let checks = report["summary"]["checks"].clone();
    assert!(checks["not_assessed"].as_u64().unwrap() > 0, "{checks}");
    assert!(
        report["systems"]
            .as_array()
            .unwrap()
            .iter()
            .all(|s| s["assessed"] != "assessed")
    );
}

#[test]
fn a_crown_jewel_that_fits_nothing_is_a_finding() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "estate/main.py", ROUTE);
    write(
        home.path(),
        "policy.toml",
        "[[crown_jewel]]\npattern = \"no-such-thing\"\n",
    );
    let policy = home.path().join("policy.toml");
    let options = ["--no-store", "--config", policy.to_str().unwrap()];
    let report = scan_json(home.path(), &home.path().join("estate"), &options);
    assert!(rules(&report).contains(&String::from("policy-crown-jewel-dead")));
}

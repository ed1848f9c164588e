//! Compose files.

use crate::support::{ai, asset, property, read, related};

#[test]
fn services() {
    let batch = read(&[(
        "deploy/docker-compose.yml",
        r#"
services:
  ollama:
    image: ollama/ollama:${OLLAMA_TAG:-latest}
    ports: ["11434:11434"]
    volumes: ["/:/host", "data:/root/.ollama"]
  qdrant:
    image: qdrant/qdrant
    ports: ["127.0.0.1:6333:6333"]
  api:
    build: ../api
    environment:
      OPENAI_API_KEY: sk-fake-fake-fake
      OTHER_KEY: ${OTHER_KEY}
      LEVEL: info
  db:
    image: postgres:16
"#,
    )]);
    assert_eq!(
        ai(&batch),
        [
            "endpoint:r/deploy/docker-compose.yml#ollama",
            "vector_index:r/deploy/docker-compose.yml#qdrant",
        ]
    );
    let ollama = asset(&batch, "workload:r/deploy/docker-compose.yml#ollama");
    assert_eq!(ollama.get("binds_all_interfaces"), Some(&true.into()));
    assert_eq!(ollama.get("exposed_ports"), Some(&vec!["11434"].into()));
    assert_eq!(ollama.get("host_paths"), Some(&vec!["/"].into()));
    assert_eq!(ollama.get("authenticated"), Some(&false.into()));
    assert_eq!(
        property(
            &batch,
            "workload:r/deploy/docker-compose.yml#qdrant",
            "binds_all_interfaces"
        ),
        Some(false.into())
    );
    let api = asset(&batch, "workload:r/deploy/docker-compose.yml#api");
    assert_eq!(api.get("inline_secrets"), Some(&vec!["OPENAI_API_KEY"].into()));
    related(
        &batch,
        "deploy/docker-compose.yml#api runs service:r/api"
            .rsplit('#')
            .next()
            .unwrap_or_default(),
    );
    assert!(!format!("{:?}", batch.assets).contains("sk-fake"));
}

#[test]
fn yaml_that_is_something_else_is_left_alone() {
    let batch = read(&[
        ("a.yml", "services:\n  - name: x\n    image: y\n"),
        (
            "ci.yml",
            "jobs:\n  a:\n    services:\n      db: {image: postgres}\n",
        ),
    ]);
    assert!(batch.assets.is_empty());
    assert!(batch.gaps.is_empty());
}

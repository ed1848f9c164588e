//! Kubernetes manifests.

use aispm_types::Value;

use crate::support::{ai, asset, property, read, related, unrelated};

const SERVING: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: llm
  namespace: ml
  labels: {team: search}
spec:
  template:
    metadata:
      labels: {app: llm}
    spec:
      serviceAccountName: llm
      hostNetwork: true
      volumes:
        - hostPath: {path: /var/run/docker.sock}
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.6.0
          args: ["--model", "meta-llama/Llama-3-8B", "--trust-remote-code"]
          env:
            - name: HF_TOKEN
              value: hf_obviously_fake_value
            - name: OTHER
              valueFrom: {secretKeyRef: {name: s, key: k}}
          ports: [{containerPort: 8000}]
          securityContext: {privileged: true}
---
apiVersion: v1
kind: Service
metadata: {name: llm, namespace: ml}
spec:
  type: LoadBalancer
  selector: {app: llm}
  ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: in, namespace: ml}
spec:
  rules:
    - http: {paths: [{backend: {service: {name: llm, port: {number: 80}}}}]}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: llm
  namespace: ml
  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/llm"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: llm, namespace: ml}]
"#;

#[test]
fn a_served_model() {
    let batch = read(&[("k8s/llm.yaml", SERVING)]);
    let workload = asset(&batch, "workload:r/k8s/llm.yaml#Deployment/ml/llm");
    for (name, value) in [
        ("engine", Value::from("vllm")),
        ("ai", true.into()),
        ("privileged", true.into()),
        ("runs_as_root", true.into()),
        ("host_network", true.into()),
        ("automount_token", true.into()),
        ("resource_limits", false.into()),
        ("network_policy", false.into()),
        ("trust_remote_code", true.into()),
        ("authenticated", false.into()),
        ("host_paths", vec!["/var/run/docker.sock"].into()),
        ("inline_secrets", vec!["HF_TOKEN"].into()),
        ("env_keys", vec!["HF_TOKEN", "OTHER"].into()),
        ("owner", "search".into()),
    ] {
        assert_eq!(workload.get(name), Some(&value), "{name}");
    }
    assert_eq!(
        ai(&batch),
        [
            "endpoint:r/k8s/llm.yaml#Deployment/ml/llm",
            "model:huggingface/meta-llama/Llama-3-8B"
        ]
    );
    for wanted in [
        "Deployment/ml/llm serves model:huggingface/meta-llama/Llama-3-8B",
        "Deployment/ml/llm runs image:docker.io/vllm/vllm-openai:v0.6.0",
        "Service/ml/llm exposes Deployment/ml/llm",
        "Ingress/ml/in exposes Service/ml/llm",
        "Deployment/ml/llm runs_as ServiceAccount/ml/llm",
        "ServiceAccount/ml/llm can_assume role:arn:aws:iam::111122223333:role/llm",
    ] {
        related(&batch, wanted);
    }
    assert_eq!(property(&batch, "Service/ml/llm", "public"), Some(true.into()));
    assert_eq!(
        property(&batch, "ServiceAccount/ml/llm", "admin"),
        Some(true.into())
    );
    assert!(
        batch
            .secrets
            .iter()
            .any(|s| s.reveal() == "hf_obviously_fake_value")
    );
}

#[test]
fn authentication_by_engine() {
    for (image, args, env, expected) in [
        ("vllm/vllm-openai", "[]", "[]", Some(false)),
        ("vllm/vllm-openai", "[--api-key, $(KEY)]", "[]", Some(true)),
        (
            "vllm/vllm-openai",
            "[]",
            "[{name: VLLM_API_KEY, valueFrom: {}}]",
            Some(true),
        ),
        ("ollama/ollama", "[]", "[]", Some(false)),
        ("nvcr.io/nvidia/tritonserver:24.01-py3", "[]", "[]", Some(false)),
        ("jupyter/scipy-notebook", "[start-notebook.sh]", "[]", Some(true)),
        (
            "jupyter/scipy-notebook",
            "[start-notebook.sh, \"--NotebookApp.token=''\"]",
            "[]",
            Some(false),
        ),
        ("ghcr.io/mlflow/mlflow", "[mlflow, server]", "[]", Some(false)),
        (
            "ghcr.io/mlflow/mlflow",
            "[mlflow, server, --app-name, basic-auth]",
            "[]",
            Some(true),
        ),
        ("chromadb/chroma", "[]", "[]", Some(false)),
        (
            "qdrant/qdrant",
            "[]",
            "[{name: QDRANT__SERVICE__API_KEY, value: x}]",
            Some(true),
        ),
        ("nginx", "[]", "[]", None),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n    - name: c\n      image: {image}\n      args: {args}\n      env: {env}\n"
        );
        let batch = read(&[("p.yaml", &text)]);
        let found =
            property(&batch, "workload:r/p.yaml#Pod/default/p", "authenticated").and_then(|v| v.as_bool());
        assert_eq!(found, expected, "{image} {args} {env}");
    }
}

#[test]
fn custom_resources_are_ai_whatever_their_image() {
    let batch = read(&[(
        "x.yaml",
        r#"
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: "s3://models/iris"}}}
---
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: ray}
spec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: acme/x}]}}}}
---
apiVersion: kubeflow.org/v1
kind: Notebook
metadata: {name: nb}
spec: {template: {spec: {containers: [{name: n, image: acme/y}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: n, image: nginx}]}}}
"#,
    )]);
    assert_eq!(
        ai(&batch),
        [
            "endpoint:r/x.yaml#InferenceService/default/iris",
            "endpoint:r/x.yaml#RayCluster/default/ray",
            "model:s3://models/iris",
            "notebook:r/x.yaml#Notebook/default/nb",
        ]
    );
    related(&batch, "InferenceService/default/iris uses bucket:s3/models");
}

#[test]
fn lists_namespaces_and_internal_balancers() {
    let batch = read(&[(
        "l.yaml",
        r#"
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: {name: a, namespace: x, labels: {app: a}}
    spec: {containers: [{name: c, image: ollama/ollama}]}
  - apiVersion: v1
    kind: Service
    metadata: {name: a, namespace: y}
    spec: {selector: {app: a}}
  - apiVersion: v1
    kind: Service
    metadata:
      name: inside
      namespace: x
      annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}
    spec: {type: LoadBalancer, selector: {app: a}}
"#,
    )]);
    unrelated(&batch, "Service/y/a exposes");
    related(&batch, "Service/x/inside exposes Pod/x/a");
    assert_eq!(property(&batch, "Service/x/inside", "public"), Some(false.into()));
}

#[test]
fn helm_is_one_gap_and_secrets_are_handed_over_decoded() {
    let batch = read(&[
        ("chart/Chart.yaml", "name: x\n"),
        ("ci/templates/job.yml", "steps:\n  - run: {{ x }}\n"),
        (
            "chart/templates/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.n }}\n",
        ),
        (
            "chart/templates/b.yaml",
            "{{ if .Values.x }}\napiVersion: v1\nkind: Pod\n{{ end }}\n",
        ),
        (
            "s.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: aHVudGVyMmh1bnRlcjI=}\n",
        ),
    ]);
    assert_eq!(batch.gaps.len(), 1);
    assert_eq!(batch.gaps[0].scope.0, "chart");
    assert!(batch.gaps[0].reason.contains("Helm"));
    assert!(batch.secrets.iter().any(|s| s.reveal() == "hunter2hunter2"));
}

#[test]
fn an_ingress_leads_to_what_stands_behind_its_service() {
    let of = |backend: &str| {
        let text = SERVING.replace(
            "backend: {service: {name: llm,",
            &format!("backend: {{service: {{name: {backend},"),
        );
        read(&[("llm.yaml", &text)])
    };
    related(&of("llm"), "Ingress/ml/in exposes Deployment/ml/llm");
    unrelated(&of("another"), "Ingress/ml/in exposes");
}

#[test]
fn a_variable_trusts_code_of_a_model_as_an_argument_does() {
    for (name, value, trusts) in [
        ("HF_TRUST_REMOTE_CODE", "\"1\"", true),
        ("TRUST_REMOTE_CODE", "\"true\"", true),
        ("HF_TRUST_REMOTE_CODE", "\"0\"", false),
    ] {
        let text = SERVING
            .replace("\"--trust-remote-code\"", "\"--dtype=auto\"")
            .replace("HF_TOKEN", name)
            .replace("hf_obviously_fake_value", value);
        let batch = read(&[("llm.yaml", &text)]);
        let workload = asset(&batch, "workload:r/llm.yaml#Deployment/ml/llm");
        assert_eq!(workload.is("trust_remote_code"), trusts, "{name}={value}");
    }
}

#[test]
fn a_policy_that_lets_everything_in_is_none() {
    for (rules, kept) in [
        ("ingress: [{}]", false),
        ("ingress: [{from: [{podSelector: {}}]}]", true),
        ("ingress: []", true),
        ("ingress: [{from: []}]", false),
        ("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]", false),
        ("policyTypes: [Egress]\n  egress: [{}]", false),
        ("ingress: [{}]\n  egress: [{to: [{podSelector: {}}]}]", true),
    ] {
        let policy = format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: ml}}\nspec:\n  podSelector: {{}}\n  {rules}\n"
        );
        let batch = read(&[("llm.yaml", SERVING), ("p.yaml", &policy)]);
        assert_eq!(
            asset(&batch, "workload:r/llm.yaml#Deployment/ml/llm").is("network_policy"),
            kept,
            "{rules}"
        );
    }
}

#[test]
fn only_a_whole_commit_pins_a_served_model() {
    let commit = "0e9e39f249a16976918f6564b8830bc894c89659";
    for (args, pinned) in [
        (format!("\"--revision\", \"{commit}\""), true),
        (format!("\"--revision={commit}\""), true),
        (String::from("\"--revision\", \"main\""), false),
        (String::from("\"--dtype\", \"auto\""), false),
    ] {
        let text = SERVING.replace("\"--trust-remote-code\"", &args);
        let batch = read(&[("llm.yaml", &text)]);
        let model = asset(&batch, "model:huggingface/meta-llama/Llama-3-8B");
        assert_eq!(model.is("pinned"), pinned, "{args}");
    }
}

#[test]
fn what_is_not_rendered_or_known_is_a_gap() {
    let deployment = |image: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n        image: {image}\n"
        )
    };
    for (path, text, gap) in [
        ("d.yaml", deployment("${IMAGE}"), true),
        ("d.yaml", deployment("'{{ .Values.image }}'"), true),
        ("d.yaml", deployment("nginx"), false),
        ("x/templates/d.yaml", deployment("{{ .Values.image }}"), true),
        ("a.yaml", format!("{}---\na: [\n", deployment("vllm/vllm-openai")), true),
        ("kustomization.yaml", "resources: [d.yaml]\nimages:\n- name: a\n  newName: vllm/vllm-openai\n".to_owned(), true),
        ("kustomization.yaml", "resources: [d.yaml]\n".to_owned(), false),
        ("compose.yaml", "services:\n  a:\n    image: ${IMAGE}\n".to_owned(), true),
        ("compose.yaml", "services:\n  a:\n    image: ${IMAGE:-nginx}\n".to_owned(), false),
        ("compose.yaml", "services:\n  a:\n    extends:\n      file: base.yaml\n      service: llm\n".to_owned(), true),
        ("main.tf", "resource \"helm_release\" \"v\" {\n name = \"v\"\n chart = \"vllm\"\n}\n".to_owned(), true),
        ("main.tf", "resource \"aws_ecs_task_definition\" \"t\" {\n container_definitions = jsonencode([{ name = \"a\", image = var.image }])\n}\n".to_owned(), true),
    ] {
        let batch = read(&[(path, &text)]);
        assert_eq!(!batch.gaps.is_empty(), gap, "{path}\n{text}\n{:?}", batch.gaps);
    }
}

#[test]
fn models_in_storage_are_models_of_a_format_that_is_not_known() {
    for (field, uri) in [
        ("model", "s3://b/m/1"),
        ("sklearn", "gs://b/m"),
        ("paddle", "https://u:p@h.io/m.tar?k=v"),
        ("newframework", "pvc://claim/m"),
    ] {
        let batch = read(&[(
            "k.yaml",
            &format!(
                "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: s\nspec:\n  predictor:\n    {field}:\n      storageUri: {uri}\n"
            ),
        )]);
        let model = batch
            .assets
            .iter()
            .find(|a| a.id.as_str().starts_with("model:"))
            .unwrap();
        assert!(model.get("format").unwrap().is_unknown(), "{uri}");
        assert!(!model.id.as_str().contains("u:p"), "{uri}");
        assert!(batch.relations.iter().any(|r| r.to == model.id), "{uri}");
    }
}

#[test]
fn containers_and_ports_have_lines_of_their_own() {
    for (path, text) in [
        (
            "d.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n        image: vllm/vllm-openai\n        ports:\n        - containerPort: 8000\n",
        ),
        (
            "compose.yaml",
            "services:\n\n\n\n\n\n\n\n  d:\n    image: vllm/vllm-openai\n    ports:\n    - 8000:8000\n",
        ),
    ] {
        let batch = read(&[(path, text)]);
        let line = |start: &str| {
            let found = batch
                .assets
                .iter()
                .find(|a| a.id.as_str().starts_with(start))
                .unwrap();
            found.locations[0].line
        };
        assert_eq!(
            (line("image:"), line("endpoint:")),
            (Some(10), Some(12)),
            "{path}"
        );
    }
}

#[test]
fn what_confines_a_pod_has_the_line_that_says_it_or_lacks_it() {
    let batch = read(&[("d.yaml", SERVING)]);
    let llm = asset(&batch, "workload:r/d.yaml#Deployment/ml/llm");
    let line = |name: &str| llm.places.get(name).and_then(|at| at.line);
    for (name, expected) in [
        ("privileged", 27),
        ("runs_as_root", 27),
        ("host_network", 14),
        ("host_paths", 16),
        ("automount_token", 13),
        ("resource_limits", 18),
    ] {
        assert_eq!(line(name), Some(expected), "{name}");
    }
}

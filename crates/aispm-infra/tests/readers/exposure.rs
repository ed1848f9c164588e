//! What is open to whom: doors and the AI behind them, whatever describes them.

use aispm_types::Value;

use crate::support::{asset, property, read, related, relations, terraform, unrelated};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: p}}\nspec: {containers: [{name: c, image: ollama/ollama}]}\n";
const INGRESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{http: {paths: [{backend: {service: {name: NAME, port: {number: 80}}}}]}}]}\n";

#[test]
fn an_ingress_exposes_what_stands_behind_its_service() {
    for ty in ["ClusterIP", "NodePort", "LoadBalancer"] {
        let service = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{type: {ty}, selector: {{app: p}}, ports: [{{port: 80}}]}}\n"
        );
        let ingress = INGRESS.replace("NAME", "s");
        let batch = read(&[("a.yaml", &format!("{POD}---\n{service}---\n{ingress}"))]);
        for wanted in [
            "Ingress/default/i exposes Service/default/s",
            "Ingress/default/i exposes Pod/default/p",
            "Service/default/s exposes Pod/default/p",
        ] {
            related(&batch, wanted);
        }
        let public = property(&batch, "Service/default/s", "public");
        match ty {
            "LoadBalancer" => assert_eq!(public, Some(true.into())),
            "ClusterIP" => assert_eq!(public, Some(false.into())),
            _ => assert!(public.is_some_and(|v| v.is_unknown()), "{ty}"),
        }
    }
    // Another Service, and a Service of other pods, lead nowhere.
    let other = INGRESS.replace("NAME", "t");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: q}}\n";
    for ingress in [other.as_str(), &INGRESS.replace("NAME", "s")] {
        let batch = read(&[("a.yaml", &format!("{POD}---\n{service}---\n{ingress}"))]);
        unrelated(&batch, "Ingress/default/i exposes Pod");
        unrelated(&batch, "Service/default/s exposes Pod");
    }
}

#[test]
fn services_that_an_operator_makes() {
    for (ty, public) in [("LoadBalancer", Some(true)), ("ClusterIP", None)] {
        let text = format!(
            "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {{name: ray}}\nspec: {{headGroupSpec: {{serviceType: {ty}, template: {{spec: {{containers: [{{name: h, image: rayproject/ray}}]}}}}}}}}\n"
        );
        let batch = read(&[("a.yaml", &text)]);
        let door = batch
            .assets
            .iter()
            .find(|a| a.id.as_str().ends_with("RayCluster/default/ray/service"));
        assert_eq!(door.and_then(|d| d.get("public")?.as_bool()), public, "{ty}");
        if public.is_some() {
            related(
                &batch,
                "RayCluster/default/ray/service exposes RayCluster/default/ray",
            );
        }
    }
}

#[test]
fn served_models_are_pinned_by_a_commit_only() {
    for (args, pinned) in [
        (
            "[--model, a/b, --revision, 0e9e39f249a16976918f6564b8830bc894c89659]",
            true,
        ),
        (
            "[--model, a/b, --revision=0e9e39f249a16976918f6564b8830bc894c89659]",
            true,
        ),
        ("[--model, a/b, --revision, main]", false),
        (
            "[--model, a/b, --tokenizer-revision, 0e9e39f249a16976918f6564b8830bc894c89659]",
            false,
        ),
        ("[--model, a/b]", false),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: vllm/vllm-openai, args: {args}}}]}}\n"
        );
        let batch = read(&[("a.yaml", &text)]);
        assert_eq!(
            property(&batch, "huggingface/a/b", "pinned"),
            Some(pinned.into()),
            "{args}"
        );
    }
}

#[test]
fn models_over_plain_http() {
    for (uri, plain) in [
        ("http://user:word@models.example/a/sk.pkl?token=x", true),
        ("https://models.example/a/sk.pkl", false),
        ("s3://models/sk.pkl", false),
    ] {
        let text = format!(
            "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {{name: i}}\nspec: {{predictor: {{sklearn: {{storageUri: \"{uri}\"}}}}}}\n"
        );
        let batch = read(&[("a.yaml", &text)]);
        let found = batch.assets.iter().find(|a| a.is("plain_http"));
        assert_eq!(found.is_some(), plain, "{uri}");
        assert!(found.is_none_or(|a| a.id.as_str() == "model:http://models.example/a/sk.pkl"));
    }
}

#[test]
fn accounts_that_nothing_declares_have_a_place() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {serviceAccountName: a, containers: [{name: c, image: ollama/ollama}]}\n";
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: a, namespace: default}]\n";
    for (text, line) in [(format!("{pod}---\n{binding}"), 6), (pod.to_owned(), 1)] {
        let batch = read(&[("a.yaml", &text)]);
        let account = asset(&batch, "ServiceAccount/default/a");
        assert_eq!(account.locations.first().and_then(|l| l.line), Some(line));
    }
}

#[test]
fn ports_of_compose_services() {
    for (ports, published) in [
        ("ports: [\"11434:11434\"]", "network"),
        ("ports: [\"11434\"]", "network"),
        ("ports: [\"127.0.0.1:11434:11434\"]", "loopback"),
        ("ports: [\"[::1]:11434:11434\"]", "loopback"),
        (
            "ports: [{target: 11434, published: 11434, host_ip: 127.0.0.1}]",
            "loopback",
        ),
        (
            "ports: [\"127.0.0.1:1:11434\", \"192.168.0.4:2:11434\"]",
            "network",
        ),
        ("expose: [\"11434\"]", "project"),
        ("network_mode: host", "network"),
    ] {
        let batch = read(&[(
            "compose.yaml",
            &format!("services:\n  o:\n    image: ollama/ollama\n    {ports}\n"),
        )]);
        for kind in ["workload", "endpoint"] {
            let end = format!("{kind}:r/compose.yaml#o");
            assert_eq!(
                property(&batch, &end, "published"),
                Some(published.into()),
                "{kind} {ports}"
            );
        }
    }
}

#[test]
fn container_groups_of_azure() {
    for (address, public) in [
        ("ip_address_type = \"Public\"", true),
        ("", true),
        ("ip_address_type = \"Private\"", false),
    ] {
        let batch = terraform(&format!(
            "resource \"azurerm_container_group\" \"g\" {{\n name = \"g\"\n {address}\n container {{\n name = \"v\"\n image = \"vllm/vllm-openai:v1\"\n ports {{\n port = 8001\n }}\n }}\n}}\n"
        ));
        let endpoint = asset(&batch, "endpoint:r/.#azurerm_container_group.g");
        assert_eq!(endpoint.get("public"), Some(&public.into()), "{address}");
        assert_eq!(endpoint.get("authenticated"), Some(&false.into()));
        assert_eq!(endpoint.get("port"), Some(&8001_i64.into()));
    }
}

#[test]
fn cloud_run_is_as_open_as_its_invokers_and_its_ingress() {
    for (ingress, member, args, public, signs_in) in [
        ("INGRESS_TRAFFIC_ALL", "allUsers", "", true, false),
        ("INGRESS_TRAFFIC_INTERNAL_ONLY", "allUsers", "", false, false),
        (
            "INGRESS_TRAFFIC_ALL",
            "serviceAccount:a@b.iam.gserviceaccount.com",
            "",
            false,
            true,
        ),
        (
            "INGRESS_TRAFFIC_ALL",
            "allUsers",
            "args = [\"--api-key\", \"x\"]",
            true,
            true,
        ),
    ] {
        let batch = terraform(&format!(
            "resource \"google_cloud_run_v2_service\" \"s\" {{\n name = \"s\"\n ingress = \"{ingress}\"\n template {{\n containers {{\n image = \"vllm/vllm-openai\"\n {args}\n }}\n }}\n}}\nresource \"google_cloud_run_v2_service_iam_member\" \"m\" {{\n name = google_cloud_run_v2_service.s.name\n role = \"roles/run.invoker\"\n member = \"{member}\"\n}}\n"
        ));
        let endpoint = asset(&batch, "endpoint:r/.#google_cloud_run_v2_service.s");
        assert_eq!(endpoint.get("public"), Some(&public.into()), "{ingress} {member}");
        assert_eq!(
            endpoint.get("authenticated"),
            Some(&signs_in.into()),
            "{ingress} {member} {args}"
        );
    }
}

#[test]
fn endpoints_of_vertex_that_everyone_may_call() {
    for (endpoint, member, role, open) in [
        (
            "google_vertex_ai_endpoint.e.name",
            "allUsers",
            "roles/aiplatform.user",
            true,
        ),
        (
            "google_vertex_ai_endpoint.e.name",
            "allAuthenticatedUsers",
            "roles/aiplatform.user",
            true,
        ),
        (
            "google_vertex_ai_endpoint.e.name",
            "user:a@b.example",
            "roles/aiplatform.user",
            false,
        ),
        (
            "google_vertex_ai_endpoint.e.name",
            "allUsers",
            "roles/aiplatform.viewer",
            false,
        ),
        ("\"77\"", "allUsers", "roles/aiplatform.user", true),
    ] {
        let batch = terraform(&format!(
            "resource \"google_vertex_ai_endpoint\" \"e\" {{\n name = \"5\"\n display_name = \"e\"\n}}\nresource \"google_vertex_ai_endpoint_iam_member\" \"m\" {{\n endpoint = {endpoint}\n role = \"{role}\"\n member = \"{member}\"\n}}\n"
        ));
        let end = if endpoint.starts_with('"') {
            "endpoint:vertex/77"
        } else {
            "endpoint:r/.#google_vertex_ai_endpoint.e"
        };
        let found = property(&batch, end, "authenticated");
        assert_eq!(found, Some((!open).into()), "{endpoint} {member} {role}");
    }
}

#[test]
fn machines_that_serve_behind_a_security_group() {
    for (port, public, script, exposed) in [
        (
            "11434",
            "true",
            "docker run -d -p 11434:11434 ollama/ollama",
            true,
        ),
        ("443", "true", "docker run -d -p 11434:11434 ollama/ollama", false),
        (
            "11434",
            "true",
            "docker run -d -p 127.0.0.1:11434:11434 ollama/ollama",
            false,
        ),
        (
            "11434",
            "false",
            "docker run -d -p 11434:11434 ollama/ollama",
            false,
        ),
        ("8000", "true", "vllm serve a/b", true),
        ("8000", "true", "vllm serve a/b --host 127.0.0.1", false),
    ] {
        for encode in ["user_data = ", "user_data_base64 = base64encode("] {
            let close = if encode.ends_with('(') { ")" } else { "" };
            let batch = terraform(&format!(
                "resource \"aws_security_group\" \"g\" {{\n ingress {{\n from_port = {port}\n to_port = {port}\n protocol = \"tcp\"\n cidr_blocks = [\"0.0.0.0/0\"]\n }}\n}}\nresource \"aws_instance\" \"i\" {{\n ami = \"ami-1\"\n instance_type = \"t3.large\"\n associate_public_ip_address = {public}\n vpc_security_group_ids = [aws_security_group.g.id]\n {encode}\"#!/bin/sh\\n{script}\\n\"{close}\n}}\n"
            ));
            let endpoint = "endpoint:r/.#aws_instance.i";
            assert_eq!(
                property(&batch, endpoint, "authenticated"),
                Some(false.into()),
                "{script}"
            );
            let open = batch
                .relations
                .iter()
                .any(|r| r.from.as_str().ends_with("aws_security_group.g") && r.to.as_str() == endpoint);
            assert_eq!(open, exposed, "{port} {public} {script} {encode}");
        }
    }
}

#[test]
fn machines_made_for_ai() {
    for (ami, ty, ai) in [
        ("\"ami-1\"", "p4d.24xlarge", Some(true)),
        ("\"ami-1\"", "trn1.2xlarge", Some(true)),
        ("data.aws_ami.a.id", "m5.large", Some(true)),
        ("data.aws_ami.b.id", "m5.large", None),
        ("\"ami-1\"", "inferior", None),
    ] {
        let batch = terraform(&format!(
            "data \"aws_ami\" \"a\" {{\n filter {{\n name = \"name\"\n values = [\"Deep Learning AMI*\"]\n }}\n}}\ndata \"aws_ami\" \"b\" {{\n filter {{\n name = \"name\"\n values = [\"al2023-*\"]\n }}\n}}\nresource \"aws_instance\" \"i\" {{\n ami = {ami}\n instance_type = \"{ty}\"\n}}\n"
        ));
        let found = property(&batch, "compute:r/.#aws_instance.i", "ai").and_then(|v| v.as_bool());
        assert_eq!(found, ai, "{ami} {ty}");
    }
}

#[test]
fn compute_instances_of_azure_are_machines_too() {
    for (body, ssh, local) in [
        (
            "local_auth_enabled = true\n ssh {\n public_key = \"x\"\n }",
            true,
            true,
        ),
        ("local_auth_enabled = false", false, false),
        (
            "node_public_ip_enabled = false\n ssh {\n public_key = \"x\"\n }",
            false,
            true,
        ),
    ] {
        let batch = terraform(&format!(
            "resource \"azurerm_machine_learning_compute_instance\" \"c\" {{\n name = \"c\"\n {body}\n}}\n"
        ));
        let notebook = asset(&batch, "azurerm_machine_learning_compute_instance.c");
        assert_eq!(notebook.get("ssh_public"), Some(&ssh.into()), "{body}");
        assert_eq!(notebook.get("local_auth_enabled"), Some(&local.into()), "{body}");
    }
}

const PROVIDER: &str = r#"
resource "kubernetes_deployment_v1" "v" {
  metadata {
    name = "v"
    namespace = "ml"
  }
  spec {
    template {
      metadata {
        labels = { "app.kubernetes.io/name" = "v" }
      }
      spec {
        host_network = true
        service_account_name = kubernetes_service_account.a.metadata[0].name
        container {
          name  = "v"
          image = "vllm/vllm-openai:v1"
          args  = ["--model", "a/b"]
          env {
            name  = "HF_HOME"
            value = "/x"
          }
          security_context {
            privileged = PRIVILEGED
          }
        }
      }
    }
  }
}
resource "kubernetes_service_account" "a" {
  metadata {
    name = "a"
    namespace = "ml"
  }
}
resource "kubernetes_service" "s" {
  metadata {
    name = "s"
    namespace = "ml"
  }
  spec {
    type = "LoadBalancer"
    selector = { "app.kubernetes.io/name" = "v" }
    port {
      port = 80
    }
  }
}
resource "kubernetes_manifest" "p" {
  manifest = {
    apiVersion = "v1"
    kind = "Pod"
    metadata = { name = "p" }
    spec = { containers = [{ name = "c", image = "ollama/ollama" }] }
  }
}
variable "p" {}
"#;

#[test]
fn manifests_as_terraform_resources() {
    for (privileged, expected) in [("true", Some(true)), ("false", Some(false)), ("var.p", None)] {
        let batch = terraform(&PROVIDER.replace("PRIVILEGED", privileged));
        let workload = asset(&batch, "workload:r/main.tf#Deployment/ml/v");
        let found = workload.get("privileged");
        assert_eq!(found.and_then(Value::as_bool), expected, "{privileged}");
        assert!(expected.is_some() || found.is_some_and(Value::is_unknown));
        assert_eq!(workload.get("host_network"), Some(&true.into()));
        assert_eq!(workload.get("engine"), Some(&"vllm".into()));
        assert_eq!(workload.get("env_keys"), Some(&vec!["HF_HOME"].into()));
        assert_eq!(workload.locations.first().and_then(|l| l.line), Some(2));
        for wanted in [
            "Deployment/ml/v runs_as ServiceAccount/ml/a",
            "Service/ml/s exposes Deployment/ml/v",
            "Deployment/ml/v serves model:huggingface/a/b",
            "Pod/default/p exposes Pod/default/p",
        ] {
            related(&batch, wanted);
        }
    }
}

#[test]
fn a_manifest_that_refers_to_itself_is_bounded() {
    let parts: Vec<String> = (0..8)
        .map(|i| format!("k{i} = kubernetes_manifest.p.manifest"))
        .collect();
    let batch = terraform(&format!(
        "resource \"kubernetes_manifest\" \"p\" {{\n manifest = {{\n apiVersion = \"v1\"\n kind = \"Pod\"\n metadata = {{ name = \"p\" }}\n {}\n }}\n}}\n",
        parts.join("\n ")
    ));
    assert!(
        batch.gaps.iter().any(|g| g.reason.contains("node budget")),
        "{:?}",
        batch.gaps
    );
}

#[test]
fn start_scripts_are_read_where_they_are_in_the_target_and_else_said_to_be_unread() {
    let serve = "#!/bin/sh\nvllm serve a/b --host 0.0.0.0 --port 8000\n";
    for (files, data, engine) in [
        (("infra/boot.sh", serve), "file(\"${path.module}/boot.sh\")", true),
        (("infra/boot.sh", serve), "filebase64(\"boot.sh\")", true),
        (
            (
                "infra/boot.tftpl",
                "#!/bin/sh\nvllm serve ${model} --host 0.0.0.0\n",
            ),
            "base64encode(templatefile(\"${path.module}/boot.tftpl\", { model = \"a/b\" }))",
            true,
        ),
        (
            ("infra/boot.yaml", "#cloud-config\nruncmd:\n - vllm serve a/b\n"),
            "file(\"boot.yaml\")",
            true,
        ),
        (("infra/boot.sh", serve), "data.cloudinit_config.c.rendered", true),
        (("infra/other.sh", serve), "file(\"boot.sh\")", false),
        (("boot.sh", serve), "file(\"../../boot.sh\")", false),
        (("infra/other.sh", serve), "var.script", false),
    ] {
        for (kind, key) in [
            ("aws_instance", "user_data"),
            ("aws_launch_template", "user_data"),
        ] {
            let code = format!(
                "variable \"script\" {{}}\ndata \"cloudinit_config\" \"c\" {{\n part {{\n content = file(\"boot.sh\")\n }}\n}}\nresource \"{kind}\" \"i\" {{\n {key} = {data}\n}}\n"
            );
            let batch = read(&[files, ("infra/main.tf", &code)]);
            let found = batch
                .assets
                .iter()
                .any(|a| a.id.as_str().starts_with("endpoint:"));
            let unread = batch.gaps.iter().any(|g| g.reason.contains("start script"));
            assert_eq!(
                (found, unread),
                (engine, !engine),
                "{kind} {data} {:?}",
                batch.gaps
            );
        }
    }
    let plain = terraform(
        "resource \"aws_instance\" \"i\" {\n user_data = \"#!/bin/sh\\napt-get update\\n\"\n}\nresource \"aws_instance\" \"j\" {\n}\n",
    );
    assert!(plain.gaps.is_empty(), "{:?}", plain.gaps);
}

#[test]
fn groups_of_machines_are_behind_the_balancer_that_their_template_serves() {
    let batch = terraform(
        "resource \"aws_launch_template\" \"t\" {\n user_data = base64encode(\"#!/bin/sh\\nvllm serve a/b\\n\")\n network_interfaces {\n associate_public_ip_address = true\n security_groups = [aws_security_group.g.id]\n }\n}\nresource \"aws_security_group\" \"g\" {\n ingress {\n from_port = 8000\n to_port = 8000\n protocol = \"tcp\"\n cidr_blocks = [\"0.0.0.0/0\"]\n }\n}\nresource \"aws_autoscaling_group\" \"a\" {\n target_group_arns = [aws_lb_target_group.g.arn]\n launch_template {\n id = aws_launch_template.t.id\n }\n}\nresource \"aws_lb\" \"b\" {\n}\nresource \"aws_lb_target_group\" \"g\" {\n}\nresource \"aws_lb_listener\" \"l\" {\n load_balancer_arn = aws_lb.b.arn\n default_action {\n type = \"forward\"\n target_group_arn = aws_lb_target_group.g.arn\n }\n}\n",
    );
    related(&batch, "aws_security_group.g exposes aws_launch_template.t");
    related(&batch, "aws_lb.b exposes aws_launch_template.t");
}

#[test]
fn firewalls_of_google_hold_for_the_machines_they_name() {
    for (firewall, machine, exposed) in [
        (
            "target_tags = [\"llm\"]\n source_ranges = [\"0.0.0.0/0\"]",
            "tags = [\"llm\"]",
            Some(""),
        ),
        ("source_ranges = [\"0.0.0.0/0\"]", "tags = []", Some("")),
        ("target_tags = [\"llm\"]", "tags = var.tags", Some("?")),
        (
            "target_tags = [\"web\"]\n source_ranges = [\"0.0.0.0/0\"]",
            "tags = [\"llm\"]",
            None,
        ),
        ("direction = \"EGRESS\"", "tags = [\"llm\"]", None),
        ("disabled = true", "tags = [\"llm\"]", None),
    ] {
        let batch = terraform(&format!(
            "variable \"tags\" {{}}\nresource \"google_compute_firewall\" \"f\" {{\n network = \"default\"\n {firewall}\n allow {{\n protocol = \"tcp\"\n ports = [\"8000\"]\n }}\n}}\nresource \"google_compute_instance\" \"i\" {{\n {machine}\n metadata_startup_script = \"vllm serve a/b\"\n network_interface {{\n network = \"default\"\n access_config {{\n }}\n }}\n}}\n"
        ));
        let found = relations(&batch)
            .into_iter()
            .find(|r| r.ends_with("google_compute_firewall.f exposes google_compute_instance.i"))
            .map(|r| r.starts_with('?'));
        assert_eq!(found, exposed.map(|e| e == "?"), "{firewall} {machine}");
        let engine = batch
            .assets
            .iter()
            .any(|a| a.id.as_str().starts_with("endpoint:"));
        assert!(engine, "{firewall}");
    }
    let closed = terraform(
        "resource \"google_compute_firewall\" \"f\" {\n source_ranges = [\"10.0.0.0/8\"]\n allow {\n protocol = \"tcp\"\n ports = [22]\n }\n}\n",
    );
    assert_eq!(
        property(&closed, "google_compute_firewall.f", "public"),
        Some(false.into())
    );
}

#[test]
fn ranges_that_are_not_known_are_neither_open_nor_closed() {
    for (ranges, public) in [
        ("[\"10.0.0.0/8\"]", Some(false)),
        ("[\"0.0.0.0/0\"]", Some(true)),
        ("var.ranges", None),
        ("[\"10.0.0.0/8\", var.one]", None),
        ("[\"0.0.0.0/0\", var.one]", Some(true)),
    ] {
        let batch = terraform(&format!(
            "variable \"ranges\" {{}}\nvariable \"one\" {{}}\nresource \"aws_security_group\" \"g\" {{\n ingress {{\n from_port = 22\n to_port = 22\n protocol = \"tcp\"\n cidr_blocks = {ranges}\n }}\n}}\n"
        ));
        let found = property(&batch, "aws_security_group.g", "public").unwrap();
        assert_eq!(found.as_bool(), public, "{ranges}");
        assert_eq!(found.is_unknown(), public.is_none(), "{ranges}");
    }
}

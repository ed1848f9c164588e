use std::io::Write;

use aispm_collect::{Budgets, CollectContext};
use aispm_types::{AssetKind, FactKind, schema::batch_departures};

use super::*;

fn context() -> CollectContext {
    CollectContext {
        target: String::from("log:x"),
        budgets: Budgets::default(),
        offline: true,
        as_of: jiff::civil::date(2026, 11, 27),
        fingerprint_key: b"k".to_vec(),
        directories: Vec::new(),
    }
}

/// `user → service: requests` of every use, sorted.
fn uses(seen: &Collected) -> Vec<String> {
    assert_eq!(batch_departures(&seen.batch), [] as [String; 0]);
    let mut out: Vec<String> = seen
        .batch
        .facts
        .iter()
        .filter(|f| f.kind == FactKind::AiUse)
        .map(|f| {
            let n = f.properties.get("requests").unwrap().as_int().unwrap();
            format!("{} → {}: {n}", f.text("user").unwrap(), f.asset)
        })
        .collect();
    out.sort();
    out
}

const NATIVE: &str = "\
1795788191.250    145 10.0.0.5 TCP_TUNNEL/200 5432 CONNECT api.openai.com:443 alice HIER_DIRECT/203.0.113.7 -
1795788195.001      3 10.0.0.5 TCP_TUNNEL/200 100 CONNECT api.openai.com:443 alice HIER_DIRECT/203.0.113.7 -
1795788192.250     12 10.0.0.6 TCP_MISS/200 812 GET http://claude.ai/new - HIER_DIRECT/203.0.113.8 text/html
1795788193.250      0 10.0.0.7 TCP_DENIED/403 3890 CONNECT chatgpt.com:443 - HIER_NONE/- text/html
1795788194.250      9 10.0.0.8 TCP_TUNNEL/200 99 CONNECT auth.openai.com:443 - HIER_DIRECT/203.0.113.9 -
1795788194.500      0 10.0.0.9 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -
";

#[test]
fn logs_of_every_format_tell_who_uses_what() {
    let combined = "\
10.0.0.5 - alice [27/Nov/2026:14:03:11 +0000] \"CONNECT api.anthropic.com:443 HTTP/1.1\" 200 5432 \"-\" \"Mozilla/5.0 (X11)\" TCP_TUNNEL:HIER_DIRECT
10.0.0.9 - - [27/Nov/2026:14:03:12 +0000] \"GET http://huggingface.co/api/models HTTP/1.1\" 200 99 \"-\" \"curl\" TCP_MISS:HIER_DIRECT
10.0.0.9 - - [27/Nov/2026:14:03:13 +0000] \"CONNECT chatgpt.com:443 HTTP/1.1\" 403 99 \"-\" \"curl\" TCP_DENIED:HIER_NONE
10.0.0.9 - - [27/Nov/2026:14:03:14 +0000] \"NONE error:transaction-end-before-headers HTTP/0.0\" 0 0 \"-\" \"-\" NONE_NONE:HIER_NONE
";
    let dns = "\
Nov 27 14:03:11 dnsmasq[812]: started, version 2.90 cachesize 150
Nov 27 14:03:12 dnsmasq[812]: query[A] api.openai.com from 10.0.0.5
Nov 27 14:03:12 dnsmasq[812]: forwarded api.openai.com to 9.9.9.9
Nov 27 14:03:12 dnsmasq[812]: reply api.openai.com is 203.0.113.7
Nov 27 14:03:13 gw dnsmasq[812]: 7 10.0.0.6/51234 query[AAAA] chat.deepseek.com from 10.0.0.6
2026-11-27T14:03:14.120+00:00 gw dnsmasq[812]: query[HTTPS] api.openai.com from 10.0.0.5
dnsmasq: query[A] cdn.jsdelivr.net from 10.0.0.7
Nov 27 14:03:15 dnsmasq-dhcp[812]: DHCPACK(eth0) 10.0.0.5 02:00:00:00:00:01 laptop
";
    let trail = r#"{"Records":[
      {"eventSource":"bedrock.amazonaws.com","eventName":"InvokeModel","eventTime":"2026-11-27T10:00:00Z","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Dev/alice@acme.example","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/Dev"}}},"requestParameters":{"modelId":"anthropic.claude-v2"}},
      {"eventSource":"bedrock.amazonaws.com","eventName":"Converse","eventTime":"2026-11-27T11:00:00Z","userIdentity":{"arn":"arn:aws:sts::111122223333:assumed-role/App/i-0abc","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/App"}}}},
      {"eventSource":"bedrock.amazonaws.com","eventName":"InvokeModel","errorCode":"AccessDenied","userIdentity":{"arn":"arn:aws:iam::111122223333:user/bob"}},
      {"eventSource":"bedrock.amazonaws.com","eventName":"ListFoundationModels","userIdentity":{"arn":"arn:aws:iam::111122223333:user/audit"}},
      {"eventSource":"s3.amazonaws.com","eventName":"PutObject","requestParameters":{"bucketName":"x"}}]}"#;
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "squid native",
            NATIVE,
            &[
                "10.0.0.6 → account:anthropic/claude: 1",
                "alice → account:openai: 2",
            ],
        ),
        (
            "squid combined",
            combined,
            &[
                "10.0.0.9 → account:huggingface: 1",
                "alice → account:anthropic: 1",
            ],
        ),
        (
            "dnsmasq",
            dns,
            &[
                "10.0.0.5 → account:openai: 2",
                "10.0.0.6 → account:deepseek/chat: 1",
            ],
        ),
        (
            "cloudtrail",
            trail,
            &[
                "alice@acme.example → account:bedrock: 1",
                "arn:aws:iam::111122223333:role/App → account:bedrock: 1",
            ],
        ),
    ];
    for (name, text, expected) in rows {
        let seen = read_log(name, text.as_bytes(), &context());
        assert_eq!(uses(&seen), *expected, "{name}");
        assert_eq!(seen.coverage.gaps, [], "{name}");
        assert_eq!(seen.read, 1, "{name}");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        let packed = read_log(name, &gz.finish().unwrap(), &context());
        assert_eq!(uses(&packed), *expected, "{name}, compressed");
    }
    let seen = read_log("t", trail.as_bytes(), &context());
    let models: Vec<_> = seen
        .batch
        .assets
        .iter()
        .filter(|a| a.kind == AssetKind::Model)
        .collect();
    assert_eq!(models[0].id.as_str(), "model:bedrock/anthropic.claude-v2");
}

#[test]
fn an_account_sums_up_its_users_and_times() {
    let seen = read_log("access.log", NATIVE.as_bytes(), &context());
    let account = seen
        .batch
        .assets
        .iter()
        .find(|a| a.id.as_str() == "account:openai")
        .unwrap();
    assert_eq!(account.text("first_seen"), Some("2026-11-27T14:03:11Z"));
    assert_eq!(account.text("last_seen"), Some("2026-11-27T14:03:15Z"));
    assert_eq!(account.get("bytes").unwrap().as_int(), Some(5532));
    assert!(account.get("sanctioned").unwrap().is_unknown());
    assert_eq!(account.locations[0].to_string(), "access.log:1");
}

#[test]
fn what_cannot_be_read_is_a_gap_and_never_an_empty_log() {
    let broken = format!("{NATIVE}what is this\n\u{1}\u{2}\n");
    for (name, bytes, read, says) in [
        (
            "half",
            broken.as_bytes(),
            1,
            "2 of 8 lines could not be read, the first of them line 7",
        ),
        (
            "prose",
            &b"Dear all,\nsee you tomorrow.\n"[..],
            0,
            "no line is of a format",
        ),
        ("cut", &br#"{"Records":[{"eventSource":"#[..], 0, "ends early"),
        ("json", &b"{\"a\": 1}"[..], 0, "no CloudTrail record"),
        ("gz", &[0x1f, 0x8b, 8, 0, 1][..], 0, "could not be read"),
    ] {
        let seen = read_log(name, bytes, &context());
        assert_eq!(seen.read, read, "{name}");
        assert_eq!(seen.coverage.gaps.len(), 1, "{name}: {:?}", seen.coverage.gaps);
        assert!(
            seen.coverage.gaps[0].reason.contains(says),
            "{name}: {:?}",
            seen.coverage.gaps
        );
        assert_eq!(seen.coverage.complete.is_empty(), read == 0, "{name}");
    }
    assert!(read_log("empty", b"", &context()).coverage.gaps.is_empty());
}

#[test]
fn lines_that_only_look_like_a_log_are_none() {
    for line in [
        "this mentions dnsmasq and query[A] api.openai.com from 10.0.0.5",
        "1795788191 145 10.0.0.5 TCP_TUNNEL/200 5432 CONNECT api.openai.com:443 alice HIER_DIRECT/1.2.3.4 -",
        "10.0.0.5 - alice [27/Nov/2026] CONNECT api.openai.com:443",
    ] {
        assert_eq!(entry(line), None, "{line}");
    }
}

#[test]
fn a_directory_is_read_file_by_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("squid")).unwrap();
    std::fs::write(dir.path().join("squid/access.log"), NATIVE).unwrap();
    std::fs::write(dir.path().join("squid/access.log.1"), NATIVE).unwrap();
    std::fs::write(dir.path().join("notes.txt"), "hello\n").unwrap();
    struct Quiet;
    impl Progress for Quiet {
        fn file_read(&self, _: &str) {}
    }
    let seen = LogCollector.collect(dir.path().to_str().unwrap(), &context(), &Quiet);
    assert_eq!(
        uses(&seen),
        [
            "10.0.0.6 → account:anthropic/claude: 2",
            "alice → account:openai: 4"
        ]
    );
    assert_eq!(seen.read, 2);
    assert_eq!(seen.coverage.gaps[0].scope.0, "notes.txt");
    assert!(LogCollector.check("").is_err() && LogCollector.check("/no/such").is_err());
}

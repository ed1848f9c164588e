//! The register held against what was found: AI systems that nobody registered, nobody owns, or whose time is over are findings.
//!
//! They are made when they are asked for, from the newest register and today's date, so that an entry takes effect at once.

use std::collections::{BTreeMap, BTreeSet};

use aispm_store::Registration;
use aispm_types::{
    AiSystem, AssetId, Confidence, Effort, Finding, Fix, Properties, Remediation, Severity, Value,
};
use jiff::civil::Date;

use crate::estate::Loaded;

/// What stands in `source` of these findings.
pub(crate) const SOURCE: &str = "register";

struct Defect {
    rule: &'static str,
    title: &'static str,
    severity: Severity,
    impact: &'static str,
    remedy: &'static str,
}

const UNREGISTERED: Defect = Defect {
    rule: "register-system-missing",
    title: "An AI system is not registered",
    severity: Severity::Medium,
    impact: "Nobody decided whether it may run, on what data and for whom; what is not registered is not reviewed.",
    remedy: "Register it: purpose, owner, data classes and status; or retire it.",
};
const UNOWNED: Defect = Defect {
    rule: "register-system-unowned",
    title: "An AI system has no owner",
    severity: Severity::Medium,
    impact: "Its findings reach nobody, and nobody answers when it fails or leaks.",
    remedy: "Name the team or person who answers for it, in the register.",
};
const OVERDUE: Defect = Defect {
    rule: "register-review-overdue",
    title: "The review of an AI system is overdue",
    severity: Severity::Medium,
    impact: "What was approved once may no longer be what runs.",
    remedy: "Review it and set the next date.",
};
const EXPIRED: Defect = Defect {
    rule: "register-system-expired",
    title: "An AI system runs past its expiry date",
    severity: Severity::High,
    impact: "It was allowed for a time that is over, and is still there.",
    remedy: "Retire it, or have its time extended.",
};
const RETIRED: Defect = Defect {
    rule: "register-system-retired-present",
    title: "A retired AI system is still there",
    severity: Severity::High,
    impact: "What is retired is patched and watched by nobody, and its identities and data still work.",
    remedy: "Take its code, endpoints, identities and data down; or correct its status.",
};
const REJECTED: Defect = Defect {
    rule: "register-system-rejected-present",
    title: "An AI system that security rejected is still there",
    severity: Severity::High,
    impact: "It was judged unsafe to run.",
    remedy: "Take it down, or mend what it was rejected for and have it reviewed again.",
};

/// Whether a rule is of the register.
pub(crate) fn is_ours(rule: &str) -> bool {
    let all = [&UNREGISTERED, &UNOWNED, &OVERDUE, &EXPIRED, &RETIRED, &REJECTED];
    all.iter().any(|d| d.rule == rule)
}

/// The rule by which a scan finds what [`UNOWNED`] is.
const UNOWNED_BY_SCAN: &str = "ai-system-without-owner";

/// Whether the register settles what a scan found: an owner that no file names.
pub(crate) fn settles(register: &BTreeMap<String, Registration>, finding: &Finding) -> bool {
    let owner = || register.get(finding.asset.as_str())?.owner.as_deref();
    finding.rule == UNOWNED_BY_SCAN && owner().is_some_and(|o| !o.trim().is_empty())
}

/// Findings of the register, worst first, and what to do about each.
pub(crate) fn judge(
    loaded: &Loaded,
    register: &BTreeMap<String, Registration>,
    today: Date,
) -> (Vec<Finding>, Vec<Fix>) {
    let by_scan = loaded.report.findings.iter();
    let told: BTreeSet<&AssetId> = by_scan
        .filter(|f| f.rule == UNOWNED_BY_SCAN)
        .map(|f| &f.asset)
        .collect();
    let mut both = Vec::new();
    for system in &loaded.report.systems {
        let entry = register.get(system.id.as_str());
        for (defect, why) in defects(system, entry, today) {
            if defect.rule == UNOWNED.rule && told.contains(&system.id) {
                continue;
            }
            let finding = finding(defect, system, why, loaded);
            let fix = fix(&finding, system);
            both.push((finding, fix));
        }
    }
    both.sort_by(|(a, _), (b, _)| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.rule, &a.id).cmp(&(&b.rule, &b.id)))
    });
    both.into_iter().unzip()
}

fn defects(system: &AiSystem, entry: Option<&Registration>, today: Date) -> Vec<(&'static Defect, String)> {
    let name = &system.name;
    let mut out = Vec::new();
    let Some(entry) = entry else {
        out.push((&UNREGISTERED, format!("The register has no entry for {name}.")));
        if system.owner.is_none() {
            out.push((
                &UNOWNED,
                format!("Neither policy, tags nor CODEOWNERS name an owner of {name}."),
            ));
        }
        return out;
    };
    if owner(system, Some(entry)).is_none() {
        out.push((&UNOWNED, format!("The entry of {name} names no owner.")));
    }
    let past = |day: &Option<String>| {
        let day = day.as_ref()?.parse::<Date>().ok()?;
        (day < today).then_some(day)
    };
    if let Some(day) = past(&entry.expires_on) {
        out.push((&EXPIRED, format!("{name} was allowed until {day}.")));
    }
    if let Some(day) = past(&entry.review_by) {
        out.push((&OVERDUE, format!("{name} was to be reviewed by {day}.")));
    }
    if entry.status == "retired" {
        out.push((
            &RETIRED,
            format!("{name} is registered as retired; this scan found it."),
        ));
    }
    if entry.security_status == "rejected" {
        out.push((&REJECTED, format!("{name} was rejected; this scan found it.")));
    }
    out
}

/// Who answers for a system: the register's word before what was derived.
pub(crate) fn owner<'a>(system: &'a AiSystem, entry: Option<&'a Registration>) -> Option<&'a str> {
    entry
        .and_then(|e| e.owner.as_deref())
        .or(system.owner.as_deref())
        .filter(|o| !o.trim().is_empty())
}

fn finding(defect: &Defect, system: &AiSystem, why: String, loaded: &Loaded) -> Finding {
    let locations = system
        .assets
        .iter()
        .filter_map(|id| loaded.asset(id)?.asset.locations.first().cloned())
        .take(5)
        .collect();
    Finding {
        id: Finding::identity(defect.rule, &system.id, ""),
        rule: defect.rule.to_owned(),
        title: defect.title.to_owned(),
        severity: defect.severity,
        severity_reason: None,
        confidence: Confidence::High,
        asset: system.id.clone(),
        locations,
        why,
        impact: defect.impact.to_owned(),
        evidence: Properties::from([(String::from("system"), Value::Str(system.name.clone()))]),
        remediation: Remediation {
            summary: defect.remedy.to_owned(),
            terraform: None,
            cli: None,
            code: None,
            effort: Effort::Low,
            safe: true,
        },
        controls: Vec::new(),
        accepted: None,
        sources: Vec::new(),
        discriminator: String::new(),
    }
}

fn fix(finding: &Finding, system: &AiSystem) -> Fix {
    Fix {
        id: format!("X-{}", aispm_types::short_hash(&["register", &finding.id])),
        title: format!("{}: {}", system.name, finding.remediation.summary),
        findings: vec![finding.id.clone()],
        paths_cut: Vec::new(),
        systems: vec![system.name.clone()],
        owner: system.owner.clone(),
        effort: Effort::Low,
        safe: true,
        severity: finding.severity,
        locations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use aispm_types::Posture;

    use super::*;

    fn system(owner: Option<&str>) -> AiSystem {
        AiSystem {
            id: AssetId::parse("ai_system:chat"),
            name: String::from("chat"),
            owner: owner.map(str::to_owned),
            lifecycle: None,
            purpose: None,
            risk_class: None,
            assets: Vec::new(),
            posture: Posture::default(),
            assessed: String::from("assessed"),
            not_assessed_because: Vec::new(),
            paths: Vec::new(),
        }
    }

    fn entry(change: impl FnOnce(&mut Registration)) -> Registration {
        let mut entry = Registration {
            system: String::from("ai_system:chat"),
            name: String::from("chat"),
            owner: Some(String::from("team")),
            purpose: None,
            data_classes: Vec::new(),
            status: String::from("production"),
            security_status: String::from("approved"),
            review_by: Some(String::from("2026-06-01")),
            expires_on: Some(String::from("2026-06-01")),
            updated_at: String::new(),
            updated_by: String::new(),
        };
        change(&mut entry);
        entry
    }

    #[test]
    fn each_defect_is_found_and_a_good_entry_is_clean() {
        let on = jiff::civil::date(2026, 6, 1);
        let rules = |s: &AiSystem, e: Option<Registration>| -> Vec<&str> {
            defects(s, e.as_ref(), on)
                .into_iter()
                .map(|(d, _)| d.rule)
                .collect()
        };
        let owned = system(Some("team"));
        assert_eq!(rules(&owned, None), ["register-system-missing"]);
        assert_eq!(
            rules(&system(None), None),
            ["register-system-missing", "register-system-unowned"]
        );
        assert!(
            rules(&owned, Some(entry(|_| {}))).is_empty(),
            "the last day still counts"
        );
        assert!(rules(&system(None), Some(entry(|_| {}))).is_empty());
        assert!(
            rules(&owned, Some(entry(|e| e.owner = None))).is_empty(),
            "derived owner"
        );
        assert_eq!(
            rules(&system(None), Some(entry(|e| e.owner = Some(String::from(" "))))),
            ["register-system-unowned"]
        );
        for (rule, e) in [
            (
                "register-system-expired",
                entry(|e| e.expires_on = Some(String::from("2026-05-31"))),
            ),
            (
                "register-review-overdue",
                entry(|e| e.review_by = Some(String::from("2026-05-31"))),
            ),
            (
                "register-system-retired-present",
                entry(|e| e.status = String::from("retired")),
            ),
            (
                "register-system-rejected-present",
                entry(|e| e.security_status = String::from("rejected")),
            ),
        ] {
            assert_eq!(rules(&owned, Some(e)), [rule]);
        }
    }
}

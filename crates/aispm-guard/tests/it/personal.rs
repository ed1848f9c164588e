//! Personal data that proves itself is masked; numbers that prove nothing are left alone.

use aispm_guard::{Reason, Sink};

use crate::support::{acted, judge};

const CARDS: &[&str] = &[
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
    "3566002020360505",
];

const IBANS: &[&str] = &[
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "CH9300762011623852957",
    "ES9121000418450200051332",
    "IT60X0542811101000000123456",
    "BE68539007547034",
    "AT611904300234573201",
    "PL61109010140000071219812874",
    "SE4550000000058398257466",
    "NO9386011117947",
    "DK5000400440116243",
    "FI2112345600000785",
    "PT50000201231234567890154",
    "IE29AIBK93115212345678",
    "LU280019400644750000",
    "CZ6508000000192000145399",
    "GR1601101250000000012300695",
    "TR330006100519786457841326",
    "SA0380000000608010167519",
    "AE070331234567890123456",
];

fn grouped(number: &str, separator: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|g| g.iter().collect()).collect();
    groups.join(separator)
}

#[test]
fn cards_and_ibans_are_masked_however_they_are_written() {
    let rows = CARDS
        .iter()
        .map(|c| (*c, Reason::PaymentCard))
        .chain(IBANS.iter().map(|i| (*i, Reason::BankAccount)));
    let mut count = 0;
    for (number, reason) in rows {
        for written in [
            number.to_owned(),
            grouped(number, " "),
            grouped(number, "-"),
            number.to_lowercase(),
        ] {
            for text in [
                written.clone(),
                format!("Pay to {written}, please."),
                format!("| a | {written} |\n"),
                format!("x: \"{written}\""),
            ] {
                for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
                    let (out, stopped, done) = judge(sink, &text);
                    assert!(!stopped && acted(&done, reason), "{text:?}: {out:?} {done:?}");
                    assert!(!out.contains(&written), "{out:?}");
                    count += 1;
                }
            }
        }
    }
    assert!(count >= 180);
}

#[test]
fn what_follows_a_card_does_not_hide_it() {
    for tail in [" 12/27", " 123", "\n", " exp 0128", ", cvc 737"] {
        let (out, _, done) = judge(Sink::Plain, &format!("4111 1111 1111 1111{tail}"));
        assert!(acted(&done, Reason::PaymentCard), "{tail:?}: {out}");
    }
}

#[test]
fn numbers_that_prove_nothing_stay() {
    for text in [
        "4111111111111112",
        "1234567890123456",
        "0000000000000000",
        "9999999999999995",
        "3.1415926535897932384626",
        "id_4111111111111111",
        "a4111111111111111",
        "41111111111111111111111",
        "DE89370400440532013001",
        "DE8937040044053201300",
        "XX89370400440532013000",
        "commit 4d1a7f0e9b3c5d2f6a8e",
        "2026-11-27 10:36:55",
        "+49 30 1234 5678",
        "550e8400-e29b-41d4-a716-446655440000",
    ] {
        let (out, stopped, done) = judge(Sink::Plain, text);
        assert!(
            !stopped && out == text && done.is_empty(),
            "{text:?}: {out:?} {done:?}"
        );
    }
}

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

/// The secret and the public key of test 1 of RFC 8032.
const SECRET: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5,
    0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
const PUBLIC: &str = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// Made by OpenSSL 3.0.19, which knows nothing of ours: `openssl pkeyutl -sign -rawin` with that key over the canonical
/// JSON below, which Python wrote.
const OPENSSL: &str = "HWYW7GhD6FK8lZAEFfckIHrKbwTwSGCR/rCTXgqBJoL0plaOo/9ta5Q4Uc41/5jPv0GTSAaRsHgLz/qVc/CJAQ==";
const CANONICAL: &str = r#"{"content":{"context":{"a":[true,null,1e-7],"b":1.5},"evidence":["s3://if-state/s/agents/h4/result.json"],"task":"Prüfe Ölstand €5 😀 \"quoted\"\n"},"conversation_id":"if://conversation/7","message_id":"if://message/f81d4fae-7dec-41d0-a765-00a0c91e6bf6","performative":"request","receiver":"if://agent/h04","sender":"if://agent/infradeck","timestamp":1790000000123}"#;

fn key() -> SigningKey {
    SigningKey::from_bytes(&SECRET)
}

fn signed(content: Value) -> Map<String, Value> {
    let saying = Saying {
        performative: "request",
        sender: "if://agent/infradeck",
        receiver: &"h04".into(),
        conversation: "if://conversation/7",
        id: "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".parse().unwrap(),
        at: Time::from_timestamp_millis(1_790_000_000_123).unwrap(),
        content,
    };
    object(&saying.signed(&key()).unwrap()).unwrap()
}

fn trusted() -> BTreeMap<String, String> {
    BTreeMap::from([("coordinator".to_owned(), PUBLIC.to_owned())])
}

fn trust(message: &Map<String, Value>) -> Trust {
    Heard::read(&Value::Object(message.clone()).to_string(), &trusted()).unwrap().trust
}

fn known() -> Trust {
    Trust::Known("coordinator".to_owned())
}

fn canonical_of(json: &str) -> String {
    String::from_utf8(canonical(&object(json).unwrap()).unwrap()).unwrap()
}

#[test]
fn numbers_are_written_as_appendix_b_of_rfc_8785_says() {
    for (bits, written) in [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let value = f64::from_bits(bits);
        assert_eq!(canonical_of(&json!({ "n": value }).to_string()), format!("{{\"n\":{written}}}"), "{bits:x}");
        // Read as others may write it, down to the last bit.
        assert_eq!(canonical_of(&format!("{{\"n\":{value:e}}}")), format!("{{\"n\":{written}}}"), "{bits:x}");
    }
    // Every number is a double: what is longer than that is what a double makes of it.
    assert_eq!(canonical_of(r#"{"n":9007199254740993}"#), r#"{"n":9007199254740992}"#);
    assert_eq!(canonical_of(r#"{"n":1.0}"#), r#"{"n":1}"#);
    for huge in ["1e400", "NaN", "Infinity"] {
        assert_eq!(object(&format!("{{\"n\":{huge}}}")), None);
    }
}

#[test]
fn texts_and_literals_are_written_as_rfc_8785_says() {
    let json = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let wanted = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(canonical_of(json), wanted);
    assert_eq!(
        canonical_of(r#"{"a":"\b\t\n\f\r\u0000\u001f\u007f\u2028"}"#),
        "{\"a\":\"\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\u{2028}\"}"
    );
    assert_eq!(object(r#"{"a":"\ud800"}"#), None, "half a character is no text");
}

#[test]
fn members_are_sorted_by_utf_16_as_rfc_8785_says() {
    let json = r#"{
        "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let canonical = canonical_of(json);
    let places =
        ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"].map(|name| canonical.find(name).unwrap());
    assert!(places.is_sorted(), "{canonical}");
}

#[test]
fn a_signature_is_that_of_another_implementation_to_the_byte() {
    assert_eq!(public_key(&key()), PUBLIC);
    let content = object(CANONICAL).unwrap()["content"].clone();
    let mut message = signed(content);
    assert_eq!(message["signature"]["signature_bytes"], OPENSSL);
    assert_eq!(message["signature"]["public_key"], PUBLIC);
    assert_eq!(trust(&message), known());
    message.remove("signature");
    assert_eq!(String::from_utf8(canonical(&message).unwrap()).unwrap(), CANONICAL);
}

#[test]
fn what_another_implementation_signed_is_believed_however_it_is_spaced_and_ordered() {
    let signature = json!({ "algorithm": "ed25519", "public_key": PUBLIC, "signature_bytes": OPENSSL });
    let rest = CANONICAL.strip_suffix('}').unwrap();
    let other_order =
        format!("{rest},\n\t\"signature\" : {signature}\n}}\n").replace("1e-7", "0.00000010e0").replace('€', "\\u20AC");
    let heard = Heard::read(&other_order, &trusted()).unwrap();
    assert_eq!(heard.trust, known());
    assert_eq!(heard.task(), Some("Prüfe Ölstand €5 😀 \"quoted\"\n"));
    assert_eq!(heard.text("performative"), Some("request"));
}

#[test]
fn the_envelope_of_sns_is_opened() {
    let message = Value::Object(signed(json!({ "task": "index" }))).to_string();
    let envelope = json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:1:if-bus", "Message": message, "Signature": "x" });
    let heard = Heard::read(&envelope.to_string(), &trusted()).unwrap();
    assert_eq!((heard.trust, heard.members.get("Type")), (known(), None));
    for inner in ["not JSON", "[]", "7"] {
        assert_eq!(Heard::read(&json!({ "Type": "Notification", "Message": inner }).to_string(), &trusted()), None);
    }
    let without = Heard::read(r#"{"Type":"Notification"}"#, &trusted()).unwrap();
    assert_eq!(without.trust, Trust::Unsigned);
}

#[test]
fn a_key_that_is_not_known_is_named_and_a_message_without_signature_is_unsigned() {
    let message = signed(json!({}));
    let heard = Heard::read(&Value::Object(message.clone()).to_string(), &BTreeMap::new()).unwrap();
    assert_eq!(heard.trust, Trust::UnknownKey(PUBLIC.to_owned()));
    let mut unsigned = message;
    unsigned.remove("signature");
    assert_eq!(trust(&unsigned), Trust::Unsigned);
    for wrong in ["", "text", "[]", "null", "{", "7"] {
        assert_eq!(Heard::read(wrong, &trusted()), None, "{wrong}");
    }
}

#[test]
fn a_signature_that_cannot_be_read_is_bad_and_says_why() {
    let message = signed(json!({ "task": "index" }));
    let good = message["signature"].clone();
    let other_key = public_key(&SigningKey::from_bytes(&[7; 32]));
    // The point of order one, with which anything can be signed.
    let weak = format!("ed25519:{}", STANDARD.encode([&[1][..], &[0; 31]].concat()));
    for (name, value, why) in [
        ("algorithm", json!("rsa"), "not ed25519"),
        ("algorithm", Value::Null, "lacks algorithm"),
        ("public_key", Value::Null, "lacks public_key"),
        ("public_key", json!("ed25519:!"), "no base64"),
        ("public_key", json!("ed25519:AAAA"), "not 32 bytes"),
        ("public_key", json!(other_key), "not that of this message"),
        ("public_key", json!(weak), "not that of this message"),
        ("signature_bytes", json!("AAAA"), "not 64 bytes"),
        ("signature_bytes", json!("?"), "no base64"),
        ("signature_bytes", json!(STANDARD.encode([0; 64])), "not that of this message"),
    ] {
        let mut message = message.clone();
        message["signature"][name] = value.clone();
        let Trust::Bad(said) = trust(&message) else { panic!("{name} = {value}") };
        assert!(said.contains(why), "{name} = {value}: {said}");
    }
    for whole in [json!(null), json!("x"), json!([good])] {
        let mut message = message.clone();
        message.insert("signature".to_owned(), whole);
        assert!(matches!(trust(&message), Trust::Bad(_)));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map("\\PC{0,6}", inner, 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every place in a message, as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let at = format!("{at}/{}", escaped(name));
                places(value, &at, found);
                found.push(at);
            }
        }
        Value::Array(all) => {
            for (index, value) in all.iter().enumerate() {
                let at = format!("{at}/{index}");
                places(value, &at, found);
                found.push(at);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_believed_and_any_change_to_any_member_makes_it_bad(
        content in any_json(), place in any::<prop::sample::Index>(), new in any_json(), name in "\\PC{0,6}",
    ) {
        let message = Value::Object(signed(content));
        let read = |message: &Value| Heard::read(&message.to_string(), &trusted()).map(|heard| heard.trust);
        prop_assert_eq!(read(&message), Some(known()));
        let mut all = Vec::new();
        places(&message, "", &mut all);
        let place = &all[place.index(all.len())];
        let mut changed = message.clone();
        *changed.pointer_mut(place).unwrap() = new.clone();
        let same = |a: &Value, b: &Value| {
            serde_json_canonicalizer::to_vec(a).unwrap() == serde_json_canonicalizer::to_vec(b).unwrap()
        };
        if !same(&changed, &message) {
            prop_assert!(matches!(read(&changed), Some(Trust::Bad(_))), "{place} is now {new}");
        }
        let mut more = message.clone();
        more.as_object_mut().unwrap().insert(name, new);
        if !same(&more, &message) {
            prop_assert!(matches!(read(&more), Some(Trust::Bad(_))));
        }
    }

    #[test]
    fn no_body_makes_it_panic(body in "\\PC{0,80}") {
        drop(Heard::read(&body, &trusted()));
    }
}

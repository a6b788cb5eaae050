use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn decode(bytes: &[u8]) -> Vec<Event> {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    decoder.feed(bytes, &mut events);
    if decoder.patience().is_some() {
        decoder.expire(&mut events);
    }
    assert_eq!(decoder.patience(), None);
    events
}

fn keys(bytes: &[u8]) -> String {
    let name = |event: &Event| match event {
        Event::Key(key) => key.to_string(),
        other => format!("{other:?}"),
    };
    decode(bytes).iter().map(name).collect::<Vec<_>>().join(" ")
}

#[rstest]
#[case(b"jG?/ ", "j G ? / space")]
#[case("é日".as_bytes(), "é 日")]
#[case(b"\r\t\x7f\x1b", "enter tab backspace esc")]
#[case(b"\x04\x15\x12\x1a\x00\x1f", "ctrl-d ctrl-u ctrl-r ctrl-z ctrl-space ctrl-_")]
#[case(b"\x1b[A\x1bOB\x1b[1;5C\x1b[1;2D", "up down ctrl-right shift-left")]
#[case(b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1bOF", "home end home end home end")]
#[case(b"\x1b[2~\x1b[3~\x1b[5~\x1b[6;5~", "insert delete pageup ctrl-pagedown")]
#[case(b"\x1b[Z\x1b[1;3Z", "shift-tab alt-shift-tab")]
#[case(b"\x1bOP\x1b[15~\x1b[24~\x1b[[A\x1b[[E\x1b[1;2S", "f1 f5 f12 f1 f5 shift-f4")]
#[case(b"\x1bx\x1bG\x1b\r\x1b\x7f", "alt-x alt-G alt-enter alt-backspace")]
#[case(b"\x1b\x1b[A\x1b\x1b", "alt-up esc esc")]
#[case(b"\x1b\x1bj", "esc alt-j")]
#[case(b"\x1b[5^\x1b[a", "ctrl-pageup shift-up")]
#[case(b"\x1b[27;5;9~\x1b[97;5u\x1b[97;1:3u\x1b[57358u", "ctrl-tab ctrl-a")]
#[case(b"\x1b[I\x1b[O\x1b[?1;2c\x1b[200x\x1b]", "alt-]")]
#[case(b"\x1b[", "alt-[")]
#[case(b"\x1bO", "alt-O")]
#[case(b"\x1b[1;\x1b[B", "down")]
#[case(b"\xff\x80a\xc3", "a")]
#[case("\u{202e}\u{9b}a".as_bytes(), "a")]
#[case(b"\x1b[M !!j", "j")]
fn keys_of_many_terminals(#[case] bytes: &[u8], #[case] expected: &str) {
    assert_eq!(keys(bytes), expected);
}

#[test]
fn a_sequence_in_two_packets_is_one_key() {
    for bytes in [&b"\x1b[1;5A"[..], b"\x1bOA", b"\x1b[24~", "é".as_bytes(), b"\x1b[<0;3;4M", b"\x1bx"] {
        let whole = decode(bytes);
        assert_eq!(whole.len(), 1);
        for cut in 1..bytes.len() {
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            decoder.feed(&bytes[..cut], &mut events);
            assert!(events.is_empty() && decoder.patience().is_some());
            decoder.feed(&bytes[cut..], &mut events);
            assert_eq!(events, whole, "{bytes:?} cut at {cut}");
        }
    }
}

#[test]
fn an_answer_is_no_key_and_hides_none() {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    for packet in [&b"j\x1b[0"[..], b"nk\x1b", b"\x1b[0n\x1b[0n", b"\x1b[200~\x1b[0n\x1b[201~"] {
        decoder.feed(packet, &mut events);
    }
    let key = |code| Event::Key(Key::plain(code));
    let typed = [key(Code::Char('j')), key(Code::Char('k')), key(Code::Esc), Event::Paste("[0n".to_owned())];
    assert_eq!(events, typed);
    assert_eq!((decoder.take_answers(), decoder.take_answers()), (3, 0), "what is pasted is no answer");
}

#[test]
fn a_paste_is_one_event_and_harmless() {
    let paste = |text: &str| vec![Event::Paste(text.to_owned())];
    assert_eq!(decode(b"\x1b[200~ls\r\n\tq\rq\x1b[201~"), paste("ls\n\tq\nq"));
    assert_eq!(decode(b"\x1b[200~a\x1b]52;c;x\x07\xe2\x80\xaeb\x1b[201~"), paste("a]52;c;xb"));
    assert_eq!(decode(b"\x1b[200~lost its end"), paste("lost its end"));
    let mut long = b"\x1b[200~".to_vec();
    long.resize(MAX_PASTE * 3, b'x');
    long.extend_from_slice(b"\x1b[201~j");
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    for packet in long.chunks(1000) {
        decoder.feed(packet, &mut events);
    }
    assert_eq!(events, [Event::Paste("x".repeat(MAX_PASTE)), Event::Key(Key::char('j'))]);
}

#[test]
fn the_mouse() {
    let at = |kind, column, row| Event::Mouse(Mouse { kind, column, row });
    assert_eq!(
        decode(b"\x1b[<0;1;1M\x1b[<0;1;1m\x1b[<64;300;9M\x1b[<69;2;2M\x1b[<35;2;2M\x1b[<2;2;2M\x1b[<;;M"),
        [at(MouseKind::Press, 0, 0), at(MouseKind::ScrollUp, 299, 8), at(MouseKind::ScrollDown, 1, 1)]
    );
}

proptest! {
    #[test]
    fn any_bytes_in_any_packets_end(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..200) {
        let whole = decode(&bytes);
        prop_assert!(whole.len() <= bytes.len());
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        let (head, tail) = bytes.split_at(cut.min(bytes.len()));
        decoder.feed(head, &mut events);
        decoder.feed(tail, &mut events);
        if decoder.patience().is_some() {
            decoder.expire(&mut events);
        }
        prop_assert_eq!(events, whole);
    }

    #[test]
    fn escapes_and_digits_do_not_upset_it(bytes in prop::collection::vec(prop::sample::select(b"\x1b[O~;:<0129AMu\xc3".to_vec()), 0..60)) {
        decode(&bytes);
    }
}

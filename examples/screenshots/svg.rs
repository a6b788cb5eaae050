//! A buffer as a picture: text in a monospaced font, and everything that has to meet its neighbour drawn as a shape.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use infradeck::config::{Rgb, Theme, Tone};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// A cell: three fifths of the size of the font wide, as most monospaced fonts have it.
const W: u32 = 9;
const H: u32 = 20;
const FONT: u32 = 15;
/// Around the cells, and the bar above them.
const PAD: u32 = 12;
const BAR: u32 = 34;

/// The shapes of one colour: what is filled, what is stroked thin, thick, and as dots.
#[derive(Default)]
struct Shapes {
    filled: String,
    thin: String,
    thick: String,
    dots: String,
}

/// How a cell looks.
#[derive(Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one attribute of a cell")]
struct Ink {
    fg: Rgb,
    bg: Rgb,
    bold: bool,
    italic: bool,
    underline: bool,
    dim: bool,
}

/// The picture of `buffer` in a window called `title`.
pub(crate) fn render(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let (w, h) = (columns * W + 2 * PAD, rows * H + BAR + PAD);
    let ground = theme.background.unwrap_or(theme.assumed);
    let is_dark = ground.luminance() < 0.2;
    let edge = if is_dark { "#3a3d3c" } else { "#c9ccd1" };
    let quiet = theme[Tone::Dim].fg.unwrap_or(Rgb(128, 128, 128));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace\" font-size=\"{FONT}\">\n\
         <title>{title}</title>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"9\" fill=\"{ground}\" stroke=\"{edge}\"/>\n",
        w - 1,
        h - 1
    );
    for x in [20, 38, 56] {
        writeln!(svg, "<circle cx=\"{x}\" cy=\"18\" r=\"5\" fill=\"{edge}\"/>").expect("written");
    }
    let middle = w / 2;
    writeln!(
        svg,
        "<text x=\"{middle}\" y=\"22\" text-anchor=\"middle\" font-size=\"12\" fill=\"{quiet}\">{title}</text>"
    )
    .expect("written");
    writeln!(svg, "<g transform=\"translate({PAD} {BAR})\">").expect("written");
    let mut shapes: BTreeMap<String, Shapes> = BTreeMap::new();
    let (mut backs, mut texts) = (String::new(), String::new());
    for (y, row) in (0u32..).zip(buffer.content.chunks(usize::from(buffer.area.width.max(1)))) {
        draw_row(row, y, theme, ground, &mut shapes, &mut backs, &mut texts);
    }
    svg.push_str(&backs);
    for (colour, shape) in &shapes {
        for (d, look) in [
            (&shape.filled, format!("fill=\"{colour}\"")),
            (&shape.thin, format!("stroke=\"{colour}\" fill=\"none\"")),
            (&shape.thick, format!("stroke=\"{colour}\" stroke-width=\"2.5\" fill=\"none\"")),
            (&shape.dots, format!("stroke=\"{colour}\" stroke-width=\"2.2\" stroke-linecap=\"round\" fill=\"none\"")),
        ] {
            if !d.is_empty() {
                writeln!(svg, "<path {look} d=\"{d}\"/>").expect("written");
            }
        }
    }
    svg.push_str(&texts);
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn ink(cell: &Cell, theme: &Theme, ground: Rgb) -> Ink {
    let text =
        theme[Tone::Text].fg.unwrap_or(if ground.luminance() < 0.2 { Rgb(208, 208, 208) } else { Rgb(32, 32, 32) });
    let colour = |colour: Color, default| match colour {
        Color::Rgb(r, g, b) => Rgb(r, g, b),
        Color::Indexed(index) => Rgb::from_256(index),
        _ => default,
    };
    let (mut fg, mut bg) = (colour(cell.fg, text), colour(cell.bg, ground));
    let has = |modifier| cell.modifier.contains(modifier);
    if has(Modifier::REVERSED) {
        (fg, bg) = (bg, fg);
    }
    Ink {
        fg,
        bg,
        bold: has(Modifier::BOLD),
        italic: has(Modifier::ITALIC),
        underline: has(Modifier::UNDERLINED),
        dim: has(Modifier::DIM),
    }
}

fn draw_row(
    row: &[Cell],
    y: u32,
    theme: &Theme,
    ground: Rgb,
    shapes: &mut BTreeMap<String, Shapes>,
    backs: &mut String,
    texts: &mut String,
) {
    let mut run: Option<(u32, String, Ink)> = None;
    let mut back: Option<(u32, u32, Rgb)> = None;
    for (x, cell) in (0u32..).zip(row) {
        let look = ink(cell, theme, ground);
        match &mut back {
            Some((_, to, colour)) if *colour == look.bg => *to = x + 1,
            _ => {
                flush_back(backs, back.take(), y, ground);
                back = Some((x, x + 1, look.bg));
            }
        }
        let symbol = cell.symbol();
        if symbol.is_ascii() && (symbol != " " || run.as_ref().is_some_and(|(.., of)| *of == look)) {
            match &mut run {
                Some((_, words, of)) if *of == look => words.push_str(symbol),
                _ => {
                    flush_text(texts, run.take(), y);
                    run = Some((x, symbol.to_owned(), look));
                }
            }
            continue;
        }
        flush_text(texts, run.take(), y);
        if symbol != " " && !shape(shapes.entry(look.fg.to_string()).or_default(), symbol, x * W, y * H) {
            // A sign may be wider or narrower in this font than its cell: in the middle it looks right in any.
            let width = symbol.width().max(1) as u32;
            let middle = x * W + width * W / 2;
            let style = attributes(&look);
            let base = y * H + 15;
            writeln!(
                texts,
                "<text x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\"{style}>{}</text>",
                escaped(symbol)
            )
            .expect("written");
        }
    }
    flush_text(texts, run, y);
    flush_back(backs, back, y, ground);
}

fn flush_back(backs: &mut String, back: Option<(u32, u32, Rgb)>, y: u32, ground: Rgb) {
    let Some((from, to, colour)) = back.filter(|(.., colour)| *colour != ground) else { return };
    let (x, w, y) = (from * W, (to - from) * W, y * H);
    writeln!(backs, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{H}\" fill=\"{colour}\"/>").expect("written");
}

fn flush_text(texts: &mut String, run: Option<(u32, String, Ink)>, y: u32) {
    let Some((from, words, look)) = run else { return };
    let words = words.trim_end();
    if words.is_empty() {
        return;
    }
    let (x, length, y) = (from * W, words.len() as u32 * W, y * H + 15);
    let style = attributes(&look);
    let words = escaped(words);
    writeln!(texts, "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" xml:space=\"preserve\"{style}>{words}</text>")
        .expect("written");
}

fn attributes(look: &Ink) -> String {
    let mut style = format!(" fill=\"{}\"", look.fg);
    for (is_set, attribute) in [
        (look.bold, " font-weight=\"bold\""),
        (look.italic, " font-style=\"italic\""),
        (look.underline, " text-decoration=\"underline\""),
        (look.dim, " opacity=\"0.6\""),
    ] {
        if is_set {
            style.push_str(attribute);
        }
    }
    style
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Draws what has to meet its neighbour: rules, frames, bars, braille dots. `false` where it is none of these.
fn shape(shapes: &mut Shapes, symbol: &str, x: u32, y: u32) -> bool {
    let Some(c) = symbol.chars().next() else { return false };
    let (right, bottom) = (x + W, y + H);
    // The middle of the cell, in halves of a pixel so that thin lines are sharp.
    let (mx, my) = (format!("{}.5", x + W / 2), format!("{}.5", y + H / 2));
    match c {
        '─' => push(&mut shapes.thin, &format!("M{x} {my}H{right}")),
        '━' => push(&mut shapes.thick, &format!("M{x} {my}H{right}")),
        '│' => push(&mut shapes.thin, &format!("M{mx} {y}V{bottom}")),
        '┤' => push(&mut shapes.thin, &format!("M{mx} {y}V{bottom}M{x} {my}H{mx}")),
        '└' => push(&mut shapes.thin, &format!("M{mx} {y}V{my}H{right}")),
        '╭' => push(&mut shapes.thin, &format!("M{mx} {bottom}Q{mx} {my} {right} {my}")),
        '╮' => push(&mut shapes.thin, &format!("M{x} {my}Q{mx} {my} {mx} {bottom}")),
        '╰' => push(&mut shapes.thin, &format!("M{mx} {y}Q{mx} {my} {right} {my}")),
        '╯' => push(&mut shapes.thin, &format!("M{x} {my}Q{mx} {my} {mx} {y}")),
        '▁'..='█' => {
            let eighths = c as u32 - 0x2580;
            // Two and a half pixels each.
            let top = f64::from(bottom) - f64::from(eighths) * 2.5;
            push(&mut shapes.filled, &format!("M{x} {bottom}V{top}H{right}V{bottom}z"));
        }
        '\u{2800}'..='\u{28ff}' => {
            let bits = c as u32 - 0x2800;
            for (bit, (column, row)) in
                [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)].into_iter().enumerate()
            {
                if bits >> bit & 1 == 1 {
                    let (dx, dy) =
                        (f64::from(x) + 2.25 + 4.5 * f64::from(column), f64::from(y) + 2.5 + 5.0 * f64::from(row));
                    push(&mut shapes.dots, &format!("M{dx} {dy}h0"));
                }
            }
        }
        _ => return false,
    }
    true
}

fn push(path: &mut String, part: &str) {
    path.push_str(part);
}

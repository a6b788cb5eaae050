//! Colours as plain numbers: reading them, measuring their contrast, and finding them in smaller palettes.

use std::fmt;
use std::str::FromStr;

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The sixteen colours as xterm shows them. Terminals differ and let people change them, so this is the best guess.
#[rustfmt::skip]
const ANSI: [Rgb; 16] = [
    Rgb(0, 0, 0), Rgb(205, 0, 0), Rgb(0, 205, 0), Rgb(205, 205, 0),
    Rgb(0, 0, 238), Rgb(205, 0, 205), Rgb(0, 205, 205), Rgb(229, 229, 229),
    Rgb(127, 127, 127), Rgb(255, 0, 0), Rgb(0, 255, 0), Rgb(255, 255, 0),
    Rgb(92, 92, 255), Rgb(255, 0, 255), Rgb(0, 255, 255), Rgb(255, 255, 255),
];

/// The steps of the 6×6×6 cube in xterm's 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    /// WCAG's 4.5:1, the least contrast that counts as readable text.
    pub const READABLE: f64 = 4.5;

    /// The relative luminance of WCAG 2, from 0 (black) to 1 (white).
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast ratio of WCAG 2, from 1 (none) to 21 (black on white).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// The colour with this index in xterm's 256.
    pub fn from_256(index: u8) -> Self {
        match index {
            0..=15 => ANSI[usize::from(index)],
            16..=231 => {
                let step = |weight| CUBE[usize::from((index - 16) / weight % 6)];
                Self(step(36), step(6), step(1))
            }
            232..=255 => {
                let grey = 8 + (index - 232) * 10;
                Self(grey, grey, grey)
            }
        }
    }

    /// The index of the nearest of xterm's 256 colours. The first sixteen are left out: people change them.
    pub fn nearest_256(self) -> u8 {
        self.nearest(16..=255)
    }

    /// The index of the nearest of the sixteen colours.
    pub fn nearest_16(self) -> u8 {
        self.nearest(0..=15)
    }

    /// The index of the nearest of the sixteen colours that can be read on `background` and is of the same hue, or
    /// of none: on white no green can be read, and red would say the opposite.
    pub fn nearest_16_on(self, background: Self) -> u8 {
        let fits = |&index: &u8| {
            let candidate = Self::from_256(index);
            candidate.contrast(background) >= Self::READABLE && self.is_hue_of(candidate)
        };
        self.nearest((0..=15).filter(fits))
    }

    /// Whether `other` is of about the same hue, or is a grey.
    fn is_hue_of(self, other: Self) -> bool {
        let ([_, a, b], [_, other_a, other_b]) = (self.oklab(), other.oklab());
        let (chroma, other_chroma) = (a.hypot(b), other_a.hypot(other_b));
        // The cosine of about 37°, which is less than what lies between red and amber.
        other_chroma < 0.02 || a * other_a + b * other_b > 0.8 * chroma * other_chroma
    }

    fn nearest(self, indices: impl IntoIterator<Item = u8>) -> u8 {
        let here = self.oklab();
        let far = |index: u8| -> f64 {
            let there = Self::from_256(index).oklab();
            here.iter().zip(there).map(|(one, two)| (one - two) * (one - two)).sum()
        };
        indices.into_iter().map(|index| (far(index), index)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(15, |(_, i)| i)
    }

    fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Björn Ottosson's `OKLab`, in which distance is close to what the eye sees as difference.
    fn oklab(self) -> [f64; 3] {
        let [red, green, blue] = self.linear();
        let long = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let medium = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let short = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        [
            0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short,
            1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short,
            0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short,
        ]
    }
}

impl FromStr for Rgb {
    type Err = String;

    /// Reads `#rrggbb`.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits =
            text.strip_prefix('#').filter(|rest| rest.len() == 6 && rest.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] =
            number.ok_or_else(|| format!("is {text:?}; a colour such as \"#7eb6d9\" is wanted"))?.to_be_bytes();
        Ok(Self(red, green, blue))
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::Rgb;

    const BLACK: Rgb = Rgb(0, 0, 0);
    const WHITE: Rgb = Rgb(255, 255, 255);

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        assert!((WHITE.contrast(WHITE) - 1.0).abs() < 1e-9);
        // The grey that WCAG's own examples give as just readable on white.
        assert!((Rgb(0x76, 0x76, 0x76).contrast(WHITE) - 4.54).abs() < 0.01);
    }

    #[rstest]
    #[case(BLACK, 16)]
    #[case(WHITE, 231)]
    #[case(Rgb(255, 0, 0), 196)]
    #[case(Rgb(95, 135, 175), 67)]
    #[case(Rgb(0x12, 0x12, 0x12), 233)]
    fn the_nearest_of_256(#[case] colour: Rgb, #[case] index: u8) {
        assert_eq!(colour.nearest_256(), index);
    }

    #[rstest]
    #[case(BLACK, 0)]
    #[case(WHITE, 15)]
    #[case(Rgb(250, 10, 10), 9)]
    #[case(Rgb(130, 125, 128), 8)]
    fn the_nearest_of_16(#[case] colour: Rgb, #[case] index: u8) {
        assert_eq!(colour.nearest_16(), index);
    }

    #[rstest]
    #[case("#7eb6d9", Some(Rgb(0x7e, 0xb6, 0xd9)))]
    #[case("#7EB6D9", Some(Rgb(0x7e, 0xb6, 0xd9)))]
    #[case("7eb6d9", None)]
    #[case("#7eb", None)]
    #[case("#+eb6d9", None)]
    #[case("#éééx", None)]
    fn colours_are_six_digits(#[case] text: &str, #[case] colour: Option<Rgb>) {
        assert_eq!(text.parse().ok(), colour);
    }

    proptest! {
        #[test]
        fn a_colour_of_the_palette_is_its_own_nearest(index in 16u8..) {
            let colour = Rgb::from_256(index);
            prop_assert_eq!(Rgb::from_256(colour.nearest_256()), colour);
        }

        #[test]
        fn what_is_chosen_for_a_background_can_be_read(r: u8, g: u8, b: u8, dark: bool) {
            let background = if dark { BLACK } else { WHITE };
            let chosen = Rgb::from_256(Rgb(r, g, b).nearest_16_on(background));
            prop_assert!(chosen.contrast(background) >= Rgb::READABLE);
        }

        #[test]
        fn a_colour_reads_back(r: u8, g: u8, b: u8) {
            prop_assert_eq!(Rgb(r, g, b).to_string().parse(), Ok(Rgb(r, g, b)));
        }
    }
}

//! The contracts over the emulators.

use crate::contract::{self, Habit, Stage, contracts};
use crate::stage::Emulated;

macro_rules! play {
    ($($name:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                let stage = Emulated::new().await;
                // Without localemu nobody moves dead letters: `own_state` sees that this is told so.
                let is_move = stringify!($name).starts_with("a_move_");
                if !is_move || stage.keeps(Habit::MovesSlowly) {
                    contract::$name(&stage).await;
                }
            }
        )*
    };
}
contracts!(play);

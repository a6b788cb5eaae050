//! Keys while a plan lies on top. Few mean anything, and whatever is not a yes does nothing.

use super::super::intent::Context;
use super::super::{App, Effect, Intent, Overlay, Prompt};
use super::said;
use crate::config::Key;

impl App {
    /// Gives an order, or asks for the words that it wants.
    pub(in crate::app) fn order(&mut self, intent: Intent, arg: &str) -> Vec<Effect> {
        match intent {
            Intent::Remedy => return self.apply_remedy(),
            Intent::Send => {
                self.write_to(arg);
                return Vec::new();
            }
            Intent::Launch if arg.is_empty() => return self.ask_words("launch 5 "),
            Intent::ResizeDb if arg.is_empty() => return self.ask_words("resize-db "),
            Intent::Silence if arg.is_empty() => {
                return match self.wanted(intent, "") {
                    Ok((crate::action::Order::Silence { alarms, .. }, _)) => {
                        let name = if let [(_, name)] = &alarms[..] { name.clone() } else { "marked".to_owned() };
                        self.ask_words(&format!("silence {name} 1h "))
                    }
                    Ok(_) => Vec::new(),
                    Err(why) => self.refuses(&why),
                };
            }
            _ => {}
        }
        match self.wanted(intent, arg) {
            Ok((order, why)) => self.wishes(order, why),
            Err(why) => self.refuses(&why),
        }
    }

    fn refuses(&mut self, why: &str) -> Vec<Effect> {
        self.fails(said::sentence(why));
        Vec::new()
    }

    fn ask_words(&mut self, line: &str) -> Vec<Effect> {
        let prompt = Prompt { input: tui_input::Input::new(line.to_owned()), ..Prompt::default() };
        self.overlays.push(Overlay::Command(prompt));
        Vec::new()
    }

    /// A key while a plan lies on top, or what taking up an order would do.
    pub(in crate::app) fn key_in_plan(&mut self, key: Key) -> Vec<Effect> {
        match self.keymap.intent(key, Context::Plan) {
            Some(intent @ (Intent::Yes | Intent::DryRun | Intent::CopyPlan)) => self.answer(intent),
            // The answer that does nothing is the default.
            Some(Intent::Open | Intent::Back | Intent::Close) => self.answer(Intent::DryRun),
            Some(Intent::NextPane | Intent::PreviousPane) | None => Vec::new(),
            Some(intent) => self.act(intent, ""),
        }
    }

    /// The answer to what lies on top.
    pub(in crate::app) fn answer(&mut self, intent: Intent) -> Vec<Effect> {
        let is_plan = match self.overlays.last() {
            Some(Overlay::Plan(_)) => true,
            Some(Overlay::Resume(_)) => false,
            _ => return self.refuses("no plan is open that could be answered"),
        };
        match intent {
            Intent::Yes if is_plan => match self.overlays.last() {
                Some(Overlay::Plan(id)) => {
                    let id = id.clone();
                    self.answer_yes(&id)
                }
                _ => Vec::new(),
            },
            Intent::Yes => self.take_up(),
            Intent::CopyPlan => self.copy_plan(),
            _ => {
                self.overlays.pop();
                self.says("Nothing was run.");
                Vec::new()
            }
        }
    }

    /// A name was typed into what lies on top.
    pub(in crate::app) fn answer_typed(&mut self) -> Vec<Effect> {
        match self.overlays.last() {
            Some(Overlay::Plan(id)) => {
                let id = id.clone();
                self.answer_name(&id)
            }
            Some(Overlay::Resume(_)) => self.take_up_named(),
            _ => Vec::new(),
        }
    }

    fn copy_plan(&mut self) -> Vec<Effect> {
        let plan = match self.overlays.last() {
            Some(Overlay::Plan(id)) => self.wish(id).and_then(|wish| wish.plan.as_ref()),
            Some(Overlay::Resume(taking)) => self.tales.get(&taking.id).map(|tale| &tale.plan),
            _ => None,
        };
        let commands = plan.map(said::all_commands).unwrap_or_default();
        if commands.is_empty() {
            return self.refuses("there is no command line to copy");
        }
        self.says(match &commands[..] {
            [_] => "Copied the command line.".to_owned(),
            all => format!("Copied {} command lines.", all.len()),
        });
        vec![Effect::Copy(commands.join("\n"))]
    }
}

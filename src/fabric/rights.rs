//! What may be ordered, as far as IAM tells beforehand.

use super::Fabric;
use crate::model::{Question, Right, Time, Verdict};

impl Fabric {
    /// What IAM said of the actions that orders take, and when. None where it was not asked, or not lately: rights change,
    /// and what is not known is not denied.
    pub fn rights(&self) -> Option<(Time, &[Right])> {
        let (_, source) = self.sources.iter().find(|((_, question), _)| *question == Question::Rights)?;
        let is_heard = source.is_heard(Question::Rights, self.now);
        source.answered.filter(|_| is_heard).map(|at| (at, self.rights.as_slice()))
    }

    /// What IAM said of an action. `None` where it said nothing, or not lately.
    pub fn verdict(&self, action: &str) -> Option<Verdict> {
        let (_, rights) = self.rights()?;
        rights.iter().find(|right| right.action == action).map(|right| right.verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fabric::testing::{EAST, heard, seen, unanswered};
    use crate::model::{Fact, Observation, Quality};

    fn rights(seconds: i64, rights: &[(&str, Verdict)]) -> Observation {
        let right = |(action, verdict): &(&str, Verdict)| Right { action: (*action).into(), verdict: *verdict };
        seen(EAST, seconds, Question::Rights, Fact::Rights(rights.iter().map(right).collect()))
    }

    #[test]
    fn the_newest_answer_counts_and_one_in_part_adds() {
        use Verdict::{Allowed, Denied};
        let first = rights(0, &[("a", Denied), ("b", Denied)]);
        let fabric = heard(0, [first.clone(), rights(60, &[("a", Allowed)])]);
        assert_eq!((fabric.verdict("a"), fabric.verdict("b"), fabric.verdict("c")), (Some(Allowed), None, None));
        let part = Observation { quality: Quality::Partial, ..rights(60, &[("a", Allowed)]) };
        let fabric = heard(0, [part, first]);
        assert_eq!(
            (fabric.verdict("a"), fabric.verdict("b")),
            (Some(Allowed), None),
            "an older one says nothing any more"
        );
    }

    #[test]
    fn what_is_not_known_any_more_is_not_denied() {
        let denied = || rights(0, &[("a", Verdict::Denied)]);
        assert_eq!(heard(900, [denied()]).verdict("a"), Some(Verdict::Denied));
        assert_eq!(heard(901, [denied()]).verdict("a"), None, "it is old");
        let refused = unanswered(EAST, 60, Question::Rights, Quality::Denied);
        assert_eq!(heard(60, [denied(), refused]).verdict("a"), None, "IAM says nothing any more");
    }
}

"""That the counts of an answer close."""

from usagebill_tui.billing.why import Why


def check_closing(answer: Why) -> None:
    """What enters a stage goes on, is set apart or lost; and nothing is lost between stages."""
    entered = answer.stages[0].entered
    for stage in answer.stages:
        assert stage.entered == entered, stage.name
        assert stage.entered == stage.passed + stage.apart + stage.lost, stage.name
        assert min(stage.passed, stage.apart, stage.lost) >= 0, stage.name
        assert sum(one.events for one in stage.reasons if one.apart) in {0, stage.apart}, stage.name
        assert sum(one.events for one in stage.reasons if not one.apart) in {0, stage.lost}, stage.name
        entered = stage.passed
    gone = sum(stage.apart + stage.lost for stage in answer.stages if stage.name != "invoiced")
    assert answer.stages[0].entered == gone + answer.counted

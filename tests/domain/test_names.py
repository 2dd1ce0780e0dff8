from usagebill_tui.domain.names import nearest, suggestion


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("llm_tokens", ["LLM_Token", "requests"]) == "LLM_Token"
    assert nearest("averge", ["average", "percentile", "sum"]) == "average"


def test_a_name_like_no_other_has_no_nearest() -> None:
    assert nearest("zzz", ["average", "sum"]) is None
    assert nearest("average", []) is None


def test_a_suggestion_names_the_nearest() -> None:
    assert suggestion("per_uint", ["per_unit", "tiered"]) == "did you mean 'per_unit'?"


def test_without_a_near_name_a_suggestion_lists_the_choice_in_order() -> None:
    assert suggestion("zzz", ["tiered", "package"]) == "known: package, tiered"
    assert suggestion("zzz", []) is None


def test_a_long_choice_is_cut() -> None:
    many = [f"metric{number:03}" for number in range(500)]
    found = suggestion("?", many)
    assert found is not None
    assert found.startswith("known: metric000, metric001")
    assert found.endswith("metric019, …")
    assert suggestion("?", many[:20]) == found.removesuffix(", …")

"""Keys that are too like a tag to be passed over, and keys that are words of their own."""

import pytest

from pipeline.domain.declarations.tag_keys import TAG_KEYS, is_plain, meant_key, skeleton

ORDINARY = (
    "layout tags author license date submitted permalink weight draft slug toc class classes category unit timeout "
    "alloy allOf allow_comments description sidebar nav_order parent x 7 lang dense tail total low yellow follow"
)


@pytest.mark.parametrize("key", TAG_KEYS)
def test_every_key_means_itself_and_is_meant_by_its_variants(key: str) -> None:
    variants = {key, key.upper(), key.capitalize(), f"{key}s", f"{key}_", f" {key}\u00a0"}
    variants |= {
        key[0] + key[2] + key[1] + key[3:],
        key[:-1] + "\u200b" + key[-1],
        key.replace("e", "е").replace("o", "о"),
    }
    variants.add("".join(chr(ord(c) + 0xFEE0) for c in key))
    assert {meant_key(variant) for variant in variants} == {key}


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("clasification", "classification"), ("classified", "classification"), ("klassification", "classification"),
        ("classif", "classification"), ("security-classification", "classification"),
        ("docClassification", "classification"), ("denied", "deny"), ("deni", "deny"), ("dney", "deny"),
        ("denny", "deny"), ("deny-users", "deny"), ("alow", "allow"), ("allowed", "allow"), ("allowedGroups", "allow"),
        ("untill", "until"), ("access_until", "until"), ("tennant", "tenant"), ("tenant id", "tenant"),
        ("submiter", "submitter"), ("licences", "licence"),
    ],
)  # fmt: skip
def test_a_near_miss_is_recognised(key: str, meant: str) -> None:
    assert meant_key(key) == meant


@pytest.mark.parametrize("key", ORDINARY.split())
def test_a_word_of_its_own_is_not_a_near_miss(key: str) -> None:
    assert meant_key(key) is None


def test_what_a_key_looks_like_and_whether_it_may_be_repeated() -> None:
    assert skeleton("ＤЕΝ\u0301Υ") == "deny"
    assert is_plain("clasification")
    assert not is_plain("AKIA1234567890")
    assert not is_plain("a" * 40)
    assert not is_plain("deny\u200b")

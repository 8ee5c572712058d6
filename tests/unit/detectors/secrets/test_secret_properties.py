"""Whatever the text: no crash, valid spans, the same answer twice; and the pre-filter loses nothing."""

import base64
from itertools import pairwise

from generated import generated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.detectors.secrets import SecretDetector
from pipeline.detectors.secrets.detect_secrets_adapter import DetectSecrets
from pipeline.detectors.secrets.engine import BLOCK, OVERLAP, blocks
from pipeline.detectors.secrets.views import plain
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.normalised import normalise_text

WORDS = """password secret api_key token aws_secret key auth cloudant_api_key sl_token ibm_pass ibm-cloud-iam-key
secret_access_key cos_hmac_secret-key clou_pwd AccountKey= :// user: @ = : := => " ' ` [ ] ( ) ; , | + \\n %41%42%43
${X} пароль: AKIA ASIA xoxb- hooks.slack.com/services/T SK AC SG. -us12 eyJ . sk_live_ sq0csp- T3BlbkFJ sk- gho_ glpat-
pypi-AgEIcHlwaS5vcmc //r.test/:_authToken=npm_ AKC AP6 PuTTY-User-Key-File-2 M https://api.softlayer.com/soap/v3/
cloudant.com""".split()  # noqa: SIM905
KINDS = ("hex", "alnum", "upper", "digits", "lower")
RUNS = [generated(f"{{{kind} {length}}}") for kind in KINDS for length in (6, 20, 32, 40, 48, 64)]
PIECES = [*WORDS, *RUNS, " ", "\n", "a\u200bb", "-----BEGIN RSA PRIVATE" + " KEY-----"]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=40).map("".join)
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(TEXTS, st.sampled_from(["", "base64", "wide"]))
def test_any_text_gives_valid_spans_and_the_same_answer_twice(secrets: SecretDetector, text: str, how: str) -> None:
    text = normalise_text(text)
    if how == "base64":
        text = base64.b64encode(text.encode()).decode()
    if how == "wide":
        text = "\u200b".join(text)
    document = ExtractedText(text=text, media_type="text/plain", extractor="test")
    found = secrets.scan(document)
    assert found == secrets.scan(document)
    assert found == sorted(found, key=lambda d: d.start)
    for detection in found:
        assert 0 <= detection.start < detection.end <= len(text)
        assert 0.3 <= detection.confidence <= 1.0
    for before, after in pairwise(found):
        assert before.end <= after.start


@SLOW
@given(TEXTS)
def test_the_prefilter_of_detect_secrets_loses_nothing(text: str) -> None:
    plugins = DetectSecrets()
    assert list(plugins.scan(text)) == list(plugins.scan(text, prefilter=False))


@SLOW
@given(st.text(max_size=200), st.integers(0, 40_000), st.sampled_from(["x", "é", "\n", "x\n"]))
def test_blocks_cover_the_text_and_overlap(text: str, size: int, filler: str) -> None:
    data = (text + filler * size).encode("utf-8", "replace")
    spans = list(blocks(data))
    assert spans[0][0] == 0
    assert spans[-1][1] == len(data)
    for (start, end), (following, _) in pairwise(spans):
        assert start < following < end
        assert end - following >= OVERLAP
        assert end - start <= BLOCK + OVERLAP
        data[start:end].decode()


@SLOW
@given(st.text(alphabet="aа\u200bé\x1b[0m\U000e0041ａ1", max_size=60))
def test_the_plain_view_knows_its_way_back(text: str) -> None:
    view = plain(text)
    for at in range(len(view.text)):
        start, end = view.source_span(at, at + 1)
        assert 0 <= start < end <= len(text)

"""A detector's child loads what its rules use; what stands in for the rest still works when it is called."""

import json
import subprocess
import sys

from pipeline.models.lock import ModelLock
from pipeline.settings.home import default_configs


def test_the_personal_data_child_loads_no_commands_and_no_recogniser_of_addresses_until_one_is_made() -> None:
    model = ModelLock.load(default_configs() / "models.lock.yaml").folder("en_core_web_sm")
    program = f"""
import json, sys
from pipeline.detectors.worker import create
settings = {{"configs": {str(default_configs() / "detectors")!r}, "model": {str(model)!r}}}
handle = create("pipeline.detectors.pii:PiiDetector", settings)
header = {{"op": "scan", "media_type": "text/plain", "extractor": "none", "hidden": []}}
found, _ = handle(header, b"Please write to harbour.office@example.org")
unwanted = sorted({{"weasel", "httpx", "jinja2", "spacy.cli.download", "torch.nn"}} & set(sys.modules))
from presidio_analyzer import predefined_recognizers
addresses = predefined_recognizers.UrlRecognizer()
print(json.dumps([[one[2] for one in found["detections"]], unwanted, len(addresses.patterns)]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    entities, unwanted, patterns = json.loads(done.stdout)
    assert entities == ["EMAIL_ADDRESS"]
    assert unwanted == []
    assert patterns > 0


def test_a_child_whose_detector_computes_no_vectors_loads_no_numpy() -> None:
    program = f"""
import sys
from pipeline.detectors.worker import create
create("pipeline.detectors.hidden_text:HiddenTextDetector", {{"configs": {str(default_configs() / "detectors")!r}}})
print("numpy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "False\n"

"""A home that serves with one tiny model and has another to change over to; its texts are in the store."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from pipeline.domain.serving.publication import GenerationRecord
from pipeline.files.texts import TextStore
from pipeline.publishing.models_of_home import add_model
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc
from tests.support.served_home import ServedHome
from tests.support.tiny_model import tiny_model

BEFORE, AFTER = "tiny-before", "Tiny_after-v1.5"
"""The second name has each kind of character that a name may have."""


class TwoModels(ServedHome):
    """A served home whose vectors are of `BEFORE`."""

    def __init__(self, folder: Path) -> None:
        first = Workspace(folder)
        first.create()
        for seed, name in enumerate((BEFORE, AFTER)):
            source = tiny_model(folder.parent / name, seed, num_hidden_layers=1 + seed)
            add_model(first, source, name, "MIT", "made for this test", "user:oscar")
        settings = first.home.configs / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace("  model: all-MiniLM-L6-v2\n", f"  model: {BEFORE}\n"))
        first.close()
        super().__init__(folder)
        self.embedder = self.workspace.embedder  # type: ignore[assignment]

    def refresh(self, *docs: Doc, **more: object) -> GenerationRecord | None:  # type: ignore[override]
        """Publish as a refresh does, with each text in the store."""
        for doc in docs:
            TextStore(self.workspace.home.texts).put("\n".join(doc.texts))
        return super().refresh(*docs, **more)  # type: ignore[arg-type]

    def ask_of_each_publication(self, *questions: str, expect: Sequence[str] = (), overlap: float = 0) -> None:
        """Write canary questions, asked by ann."""
        asked = [
            {"id": f"q{n}", "question": q, "principal": "user:ann", "expect": list(expect)}
            for n, q in enumerate(questions)
        ]
        content = {"schema_version": 1, "k": 3, "min_overlap": overlap, "questions": asked}
        (self.workspace.home.configs / "canaries.yaml").write_text(yaml.safe_dump(content))

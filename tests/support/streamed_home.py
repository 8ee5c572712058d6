"""A home with a stream whose windows are made one by one: the real gates on the embedded engine, the real publisher.

What differs from `corpusgate stream` is only where references come from and that every window is a bounded graph.
"""

import itertools
from collections.abc import Iterable
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from pipeline.domain.documents.documents import Action, DocumentRef
from pipeline.domain.identity.permissions import Classification
from pipeline.files.spool import Spool
from pipeline.reports.served import verified_documents
from pipeline.runs.stream import take_in
from pipeline.runs.streaming.publisher import Published, StreamPublisher, Waits
from pipeline.runs.streaming.requests import Requests
from pipeline.runs.streaming.snapshots import SnapshotWriter
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from transforms.support.listing import list_source
from transforms.support.masked_names import found_again, is_without_place

WINDOW = 5


class StreamedHome:
    """One home, its sources, and the driver's parts."""

    def __init__(self, folder: Path, *sources: str) -> None:
        self.folder = folder
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        self.workspace.principals.add(
            PrincipalSettings(name="ada", groups=("staff",), clearance=Classification.INTERNAL)
        )
        for name in sources:
            self.register(name)
        self._ends = itertools.count(1)
        self.restart()

    def register(self, name: str) -> Path:
        place = self.folder / name
        place.mkdir()
        approve_source(self.workspace, name, place, owner=f"user:{name}-owner")
        return place

    def restart(self) -> None:
        """The driver died and began again."""
        self.spool = Spool(self.workspace.home.path("stream"))
        self.spool.create()
        self.requests = Requests(self.workspace, self.spool)
        self.snapshots = SnapshotWriter(self.workspace, self.spool, (), "stream")
        self.publisher = StreamPublisher(self.workspace, self.spool, self.snapshots, self.requests)
        self.snapshots.write()

    def write(self, source: str, name: str, text: str) -> None:
        (self.folder / source / name).write_text(text, "utf-8")

    def refs(self, source: str, *names: str) -> list[DocumentRef]:
        """What a listing finds now; of these names, or all."""
        found = sorted(list_source(self.workspace.sources.source(source)), key=lambda ref: ref.uri)
        return [ref for ref in found if not names or ref.uri in names]

    def window(self, refs: Iterable[DocumentRef]) -> None:
        """Let workers judge references as one window."""
        end = next(self._ends) * WINDOW
        pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
        arrived = (
            pipeline | beam.Create(list(refs)) | beam.Map(TimestampedValue, end - 1).with_output_types(DocumentRef)
        )
        take_in(arrived | beam.WindowInto(FixedWindows(WINDOW)), self.snapshots.context())
        pipeline.run().wait_until_finish()

    def publish(self) -> Published:
        done = self.publisher.step()
        assert isinstance(done, Published), done
        return done

    def stream(self, refs: Iterable[DocumentRef]) -> Published:
        """One window, judged and published."""
        self.window(refs)
        return self.publish()

    def again(self) -> Published | Waits | None:
        """What was asked for comes as a window of its own."""
        asked = [ref for name in self.spool.open_requests() for ref in self.spool.read_request(name)]
        context, key = self.snapshots.context(), self.workspace.home.fingerprint_key
        refs = [found for ref in asked if (found := found_again(ref, context, key) if is_without_place(ref) else ref)]
        if not refs:
            return None
        self.window(refs)
        return self.publisher.step()

    def look(self) -> list[DocumentRef]:
        """What the driver asks for because people decided or submitted."""
        refs = self.requests.due(self.snapshots.sources())
        if refs:
            self.snapshots.write(self.publisher.seen_now({ref.doc_id for ref in refs}))
            self.requests.ask(refs)
        return refs

    def served(self) -> set[str]:
        """Ids of the documents that are served."""
        current = self.workspace.ledger.current_generation()
        return set() if current is None else {one.doc_id for one in verified_documents(self.workspace, current)}

    def verdicts(self, doc_id: str) -> list[Action]:
        """Every verdict on a document, oldest first."""
        versions = self.workspace.ledger.document_history(doc_id).versions
        given = sorted((one.decided_at, one.verdict.action) for version in versions for one in version.verdicts)
        return [action for _, action in given]

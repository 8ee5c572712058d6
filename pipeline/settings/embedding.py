"""Settings of how text becomes vectors: the model, the library that computes it, and its arithmetic."""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.domain.frozen import Frozen


class EmbeddingSettings(Frozen):
    """How text becomes vectors."""

    model: str = "all-MiniLM-L6-v2"
    """Name of a new home's embedding model in models.lock.yaml; later `corpusgate models migrate` changes the model."""
    engine: Literal["auto", "onnxruntime", "openvino", "torch"] = "auto"
    """Library that computes vectors: `onnxruntime`, from a file derived from the locked model; `openvino`, from the
    same file in bfloat16, where package and processor can; or `torch`, the reference, for models that cannot be
    derived. `auto`: torch if `precision` is `bf16` or the model cannot be derived, else onnxruntime."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Arithmetic of the model. `auto`: fp32 with onnxruntime, bf16 with openvino. With torch: bfloat16 if the processor
    computes it natively, else fp32."""
    threads: int | None = Field(default=None, ge=1)
    """Texts computed in parallel, one thread each. `null`: one for each processor."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.engine == "onnxruntime" and self.precision == "bf16":
            raise ValueError("engine onnxruntime computes in fp32; bf16 needs engine: openvino or torch")
        if self.engine == "openvino" and self.precision == "fp32":
            raise ValueError("engine openvino computes in bf16; fp32 needs engine: onnxruntime or torch")
        return self

    @property
    def derived(self) -> bool:
        """Whether vectors come from a derived model."""
        return self.engine in ("onnxruntime", "openvino") or (self.engine == "auto" and self.precision != "bf16")

    @property
    def derived_engine(self) -> Literal["onnxruntime", "openvino"]:
        """The library that computes a derived model."""
        return "openvino" if self.engine == "openvino" else "onnxruntime"

    @property
    def library(self) -> Literal["onnxruntime", "openvino", "torch"]:
        """The library that computes vectors."""
        return self.derived_engine if self.derived else "torch"

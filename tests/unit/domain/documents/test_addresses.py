"""Law 2: which addresses of buckets a source may have."""

import pytest

from pipeline.domain.documents.addresses import refuse_unknown_address
from pipeline.domain.errors import UsageError

SCHEMES = ("s3", "gs")


@pytest.mark.parametrize("uri", ["s3://bucket/prefix", "S3://bucket/prefix", "gs://handbook-2024/*.md"])
def test_a_bucket_of_a_listed_scheme_is_accepted(uri: str) -> None:
    refuse_unknown_address(uri, SCHEMES)


@pytest.mark.parametrize(
    "uri",
    [
        "http://example.org/docs",
        "https://example.org/docs",
        "HTTP://example.org",
        "file:///etc/passwd",
        "ftp://example.org",
        "hdfs://cluster/x",
        "s3://169.254.169.254/latest/meta-data",
        "s3://[fe80::1]/x",
        "s3://[::ffff:169.254.169.254]/x",
        "s3://2852039166/latest",
        "s3://0xA9FEA9FE/latest",
        "gs://metadata.google.internal/computeMetadata",
        "gs://METADATA.google.internal./x",
        "s3://127.0.0.1:9000/x",
        "s3://localhost/x",
        "s3:///x",
        "s3://[bad/x",
        "s3://0251.0376.0251.0376/latest",
        "s3://169.254.43518/latest",
        "s3://reader:word@bucket/x",
        "s3://bucket/line\nfeed",
        "s3://bucket/turned\u202exdoc",
    ],
)
def test_law_02_other_schemes_machines_and_metadata_services_are_refused(uri: str) -> None:
    with pytest.raises(UsageError):
        refuse_unknown_address(uri, SCHEMES)

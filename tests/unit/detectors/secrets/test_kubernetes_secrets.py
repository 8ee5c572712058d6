"""Entries of Kubernetes Secrets count by their place, and nothing else in a manifest does."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_forms import action, passwords

from pipeline.detectors.secrets.kubernetes import entries
from pipeline.domain.documents.documents import Action

KEYS = ("smtp", "db", "POSTGRES_PASSWORD", "admin.txt", "conn-1", "x")
HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n  labels:\n    tier: back\n"


def coded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


FORMS = {
    "plain": lambda key, value: f"{HEAD}stringData:\n  user: app\n  {key}: {value}\n",
    "quoted": lambda key, value: f'{HEAD}stringData:\n  {key}: "{value}"\n',
    "coded": lambda key, value: f"{HEAD}type: Opaque\ndata:\n  user: YXBw\n  {key}: {coded(value)}\n",
    "kind last": lambda key, value: f"apiVersion: v1\ndata:\n  {key}: {coded(value)}\nkind: Secret\n",
    "in a list": lambda key, value: f"items:\n- kind: Secret\n  stringData:\n    {key}: '{value}'\n",
    "JSON": lambda key, value: f'{{"kind": "Secret", "data": {{"user": "YXBw", "{key}": "{coded(value)}"}}}}',
    "second document": lambda key, value: f"kind: Service\n---\n{HEAD}data:\n  {key}: {coded(value)}\n---\nkind: Pod\n",
}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(FORMS)), st.sampled_from(KEYS), passwords())
def test_an_entry_counts_whatever_its_key_says(form: str, key: str, value: str) -> None:
    text = FORMS[form](key, value)
    assert action(text) is not Action.ADMIT
    assert value in [entry.value for entry in entries(text)]
    for entry in entries(text):
        assert text[entry.start : entry.end] in (entry.value, coded(entry.value))


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}data:\n  username: {coded('app')}\n  host: {coded('db.acme.test')}\n",
        f"{HEAD}data: {{}}\n",
        "kind: SecretStore\ndata:\n  region: eu-central-1\n",
        "kind: ConfigMap\ndata:\n  mode: fast\n  size: '12'\n",
        "kind: Deployment\nspec:\n  secretName: app\n",
        f"{HEAD}stringData:\n  password: ${{DB_PASSWORD}}\n  note: |\n    see the handbook\n",
    ],
)
def test_a_manifest_without_a_secret_keeps_nothing_out(text: str) -> None:
    assert action(text) is Action.ADMIT

"""The template, deployed to a server that knows CloudFormation; and the policy beside what the program really calls."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from core.settings import ROOT, Settings
from core.store.aws import connect_dynamodb
from core.store.connect import open_vault
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_tables import EXPIRY, Tables, create_tables
from evals.benchmarks.servers import Server

TEMPLATE = ROOT / "core" / "store" / "cloudformation.yaml"


@pytest.fixture
def outputs(ministack_server: Server, aws: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    for service in ("DYNAMODB", "KMS", "CLOUDFORMATION", "IAM"):
        aws.setenv(f"AWS_ENDPOINT_URL_{service}", ministack_server.url)
    client = boto3.client("cloudformation")
    client.create_stack(StackName="test", TemplateBody=TEMPLATE.read_text(), Capabilities=["CAPABILITY_IAM"])
    while (stack := client.describe_stacks(StackName="test")["Stacks"][0])["StackStatus"].endswith("IN_PROGRESS"):
        time.sleep(0.05)
    assert stack["StackStatus"] == "CREATE_COMPLETE", client.describe_stack_events(StackName="test")
    made = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    # This server leaves the template's TimeToLiveSpecification out.
    create_tables(connect_dynamodb(), Tables(made["EventsTable"], made["ContextDataTable"]))
    yield made
    client.delete_stack(StackName="test")


def settings_of(outputs: dict[str, str]) -> Settings:
    return Settings(
        store="dynamodb",
        events_table=outputs["EventsTable"],
        context_data_table=outputs["ContextDataTable"],
        kms_key_id=outputs["KmsKeyId"],
    )


def test_the_tables_are_on_demand_expire_and_are_not_backed_up(outputs: dict[str, str]) -> None:
    assert TEMPLATE.read_text().count(f"AttributeName: {EXPIRY}") == 2
    client = connect_dynamodb()
    for name in (outputs["EventsTable"], outputs["ContextDataTable"]):
        table = client.describe_table(TableName=name)["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        assert recovery.get("PointInTimeRecoveryStatus", "DISABLED") == "DISABLED"
    vault = open_vault(settings_of(outputs))
    assert [line.endswith("TTL on expires_at enabled") for line in vault.store.check()] == [True, True]
    vault.store.close()


def test_the_policy_allows_what_the_program_calls_and_nothing_else(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called = listen(monkeypatch)
    vault = open_vault(settings_of(outputs))
    interaction = vault.begin()
    refs = interaction.put_all([b"one", b"two"])
    entry = interaction.record("expect-speech", refs[0])
    interaction.claim(entry.events[-1], "worker-1")
    other = open_vault(settings_of(outputs))
    assert other.resume(entry).open(refs) == {refs[0]: b"one", refs[1]: b"two"}
    other.store.get_entry(interaction.id)
    interaction.forget()
    for one in (vault, other):
        one.store.close()
    allowed = allowed_actions(outputs)
    assert called[outputs["EventsTable"]] == allowed[outputs["EventsTable"]]
    assert called[outputs["ContextDataTable"]] == allowed[outputs["ContextDataTable"]]


def listen(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What each table is asked, from every store that is opened from now on."""
    called: dict[str, set[str]] = defaultdict(set)

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        for table in params.get("RequestItems", [params.get("TableName")]):
            called[table].add(f"dynamodb:{model.name}")

    made = DynamoStore.__init__

    def make(store: DynamoStore, *arguments: Any) -> None:
        made(store, *arguments)
        store._client.meta.events.register("provide-client-params.dynamodb", note)

    monkeypatch.setattr(DynamoStore, "__init__", make)
    return called


def allowed_actions(outputs: dict[str, str]) -> dict[str, set[str]]:
    client = boto3.client("iam")
    version = client.get_policy(PolicyArn=outputs["Policy"])["Policy"]["DefaultVersionId"]
    document: Any = client.get_policy_version(PolicyArn=outputs["Policy"], VersionId=version)["PolicyVersion"][
        "Document"
    ]
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    allowed: dict[str, set[str]] = defaultdict(set)
    for statement in statements:
        for resource in statement["Resource"]:
            allowed[resource.rpartition("/")[2]] |= set(statement["Action"])
    return allowed

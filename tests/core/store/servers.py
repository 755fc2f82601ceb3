"""Real servers of DynamoDB and KMS for the tests, and what boto3 finds in its environment there."""

import os
import uuid
from pathlib import Path

import pytest

from core.errors import RunError
from core.store.dynamodb_tables import Tables
from evals.benchmarks import servers
from evals.benchmarks.servers import CREDENTIALS, Server

ENVIRONMENT = {
    **CREDENTIALS,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""What boto3's standard chain finds, whatever the machine has; the endpoint is set by each fixture."""


def dynalite(folder: Path) -> Server:
    """A server that is not started yet; where it is not installed, the test is skipped (in CI: fails)."""
    try:
        return servers.dynalite(folder)
    except RunError as exc:
        pytest.skip(str(exc))


def ministack() -> Server:
    """Like `dynalite`."""
    try:
        return servers.ministack()
    except RunError as exc:
        pytest.skip(str(exc))


def unique_tables() -> Tables:
    """Two tables of one test's own."""
    name = uuid.uuid4().hex[:12]
    return Tables(f"events-{name}", f"context-data-{name}")

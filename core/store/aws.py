"""boto3, and only here: clients of DynamoDB and KMS, and what AWS says in the project's own words.

Credentials, profile and endpoint come from boto3's standard chain: AWS_PROFILE, AWS_ACCESS_KEY_ID, the files under
~/.aws, a role of the machine; AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_KMS for servers of one's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

import boto3
from botocore import exceptions
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.parsers import ResponseParserError

from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_kms import KMSClient

# The defaults wait a minute for an answer and, throttled, up to 6 s between tries. Context is best effort: two tries.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 2},
    connect_timeout=0.5,
    read_timeout=1.0,
    tcp_keepalive=True,
    max_pool_connections=50,
)

_REFUSED = "AWS refuses these credentials; check AWS_PROFILE or the role's policy (core/store/cloudformation.yaml)"
_THROTTLED = "it is throttled; try again, or raise the limits of the table"
_CODES = {
    "ResourceNotFoundException": "it is not there; run: python -m core.store create",
    "AccessDeniedException": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
    "InvalidSignatureException": _REFUSED,
    "ExpiredTokenException": _REFUSED,
    "ProvisionedThroughputExceededException": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "ValidationException": "AWS refuses the request; an item may hold 400 KB, and a table must have our keys",
    "NotFoundException": "it is not there; check KMS_KEY_ID and the region",
    "InvalidCiphertextException": "AWS cannot decrypt it: changed bytes, or another key's",
}
_UNREACHABLE = "no answer in time; check the network, the region and AWS_ENDPOINT_URL_DYNAMODB"
_EXCEPTIONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.NoCredentialsError, "no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret"),
    (exceptions.PartialCredentialsError, "half of the AWS credentials; set AWS_ACCESS_KEY_ID and its secret"),
    (exceptions.ProfileNotFound, "no such profile under ~/.aws; check AWS_PROFILE"),
    (exceptions.NoRegionError, "no AWS region; set AWS_REGION"),
    (exceptions.HTTPClientError, _UNREACHABLE),
    (exceptions.ConnectionError, _UNREACHABLE),
)


def connect_dynamodb(region: str = "") -> "DynamoDBClient":
    """A client that several threads may share; an empty `region` means the standard chain's.

    Raises:
        StoreUnavailable: profile or region are missing.
    """
    with own_errors("DynamoDB"):
        client = _session().client("dynamodb", region_name=region or None, config=_CONFIG)
    client.meta.events.register("after-call.dynamodb", _require_whole)
    return client


def connect_kms(region: str = "") -> "KMSClient":
    """Like `connect_dynamodb`, for the key service."""
    with own_errors("KMS"):
        return _session().client("kms", region_name=region or None, config=_CONFIG)


@cache
def _session() -> boto3.Session:
    """One for all clients: it reads the description of each service once, which takes 0.3 s."""
    return boto3.Session()


def _require_whole(http_response: AWSResponse, **_: object) -> None:
    """boto3 tries again where an answer was cut or changed, but takes it for an empty one when that happens again.

    Raises:
        IncompleteReadError: length or checksum are not what the server said.
    """
    content, headers = http_response.content, http_response.headers
    length, checksum = headers.get("Content-Length"), headers.get("x-amz-crc32")
    if int(length or len(content)) != len(content) or int(checksum or crc32(content)) != crc32(content):
        raise exceptions.IncompleteReadError(actual_bytes=len(content), expected_bytes=int(length or len(content)))


@contextmanager
def own_errors(thing: str) -> Iterator[None]:
    """Turn what boto3 raises into `StoreUnavailable`; `thing` is what the message names."""
    try:
        yield
    except exceptions.ClientError as exc:
        raise StoreUnavailable(f"{thing}: {_client_advice(exc)}.") from exc
    except (exceptions.BotoCoreError, ResponseParserError) as exc:
        raise StoreUnavailable(f"{thing}: {_core_advice(exc)}.") from exc


def _client_advice(error: exceptions.ClientError) -> str:
    code = str(error.response.get("Error", {}).get("Code", ""))
    return _CODES.get(code) or f"AWS answers {code or 'with an error'}"


def _core_advice(error: Exception) -> str:
    found = (advice for kind, advice in _EXCEPTIONS if isinstance(error, kind))
    return next(found, f"boto3 fails with {type(error).__name__}")

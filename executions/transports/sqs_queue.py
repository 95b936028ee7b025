"""django-q2's SQS broker. Needs requirements-sqs.txt; credentials come as boto3 finds them."""

from typing import ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from django_q.brokers.aws_sqs import Sqs


class SqsQueue(Sqs):  # type: ignore[misc]
    errors: ClassVar[tuple[type[Exception], ...]] = (BotoCoreError, ClientError, OSError)

    def queue_size(self) -> int:
        self.queue.load()  # boto3 keeps the attributes of the first look for ever
        size: int = super().queue_size()
        return size

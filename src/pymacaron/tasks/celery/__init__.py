"""
Tasks that wait in a broker and are run by Celery: on Redis, or on SQS with a table of DynamoDB beside it.

queue.py chooses; books.py says what is asked of a broker besides sending, redisbooks.py and sqsbooks.py are two.
envelope.py writes what Celery's worker reads, worker.py is that worker, child.py what its processes do.
"""

__all__: list[str] = []

"""The peers as systems: which processes each of them has, and with which settings.

Two worker processes each, as ours. Celery's own chatter between workers is switched off.
"""

from functools import partial

from benchmarks import databases
from benchmarks.databases import Tenant
from benchmarks.processes import python
from benchmarks.redis_server import RedisServer
from benchmarks.systems import System

_WORKER = ("-m", "celery", "-A", "benchmarks.peers.tasks", "worker", "--loglevel", "warning",
           "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip


def in_process(tenant: Tenant) -> System:
    database = databases.fresh("bench_in_process")
    databases.load_schema(database)
    databases.seed(database, tenant)
    return System(
        name="in-process", title="FastAPI in-process (not durable)", database=database,
        tenant=tenant, web="benchmarks.peers.in_process:app", env={"PEER_DSN": database.dsn},
    )  # fmt: skip


def celery_prefork(tenant: Tenant, redis: RedisServer) -> System:
    """Prefetch 4, Celery's default: faster here than 1 for short runs."""
    workers = [python(*_WORKER, "--pool", "prefork", "--concurrency", "2")]
    return _celery("prefork", tenant, redis, workers=workers, connections=1, prefetch=4)


def celery_gevent(tenant: Tenant, redis: RedisServer) -> System:
    workers = [
        python(*_WORKER, "--pool", "gevent", "--concurrency", "250", "--hostname", f"{n}@bench")
        for n in (1, 2)
    ]
    return _celery("gevent", tenant, redis, workers=workers, connections=16, prefetch=1)


def _celery(
    name: str, tenant: Tenant, redis: RedisServer, *,
    workers: list[list[str]], connections: int, prefetch: int,
) -> System:  # fmt: skip
    database = databases.fresh(f"bench_celery_{name}")
    databases.load_schema(database)
    databases.seed(database, tenant)
    env = {
        "PEER_NAME": name, "PEER_REDIS_URL": redis.url, "PEER_DSN": database.dsn,
        "PEER_CONNECTIONS": str(connections), "PEER_PREFETCH": str(prefetch),
    }  # fmt: skip
    return System(
        name=f"celery-{name}", title=f"FastAPI + Celery {name} + Redis", database=database,
        tenant=tenant, env=env, web="benchmarks.peers.celery_web:app", workers=workers,
        shared=[redis.process] if redis.process else [],
        forget=partial(redis.forget, f"bench:{name}:"),
    )  # fmt: skip

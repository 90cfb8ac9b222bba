"""`POST /sandbox/misbehave`: what can be ordered, and how it is written."""

from collections.abc import Callable
from typing import Any

from sandbox.slack.delivery.sockets import Reason
from sandbox.slack.messages import JSON
from sandbox.slack.misbehaviour import Token
from sandbox.slack.platform import Platform


async def misbehave(slack: Platform, orders: JSON) -> None:
    """Carry out `{order: {its arguments}}`, several at once if several are given. Raises ValueError for an unknown one."""
    table = _orders(slack)
    if unknown := [order for order in orders if order not in table]:
        raise ValueError(f"no such misbehaviour: {unknown}; there are {sorted(table)}")
    for order, arguments in orders.items():
        try:
            done = table[order](**(arguments or {}))
        except TypeError as error:
            raise ValueError(f"{order}: {error}") from error
        if done is not None:
            await done


def _orders(slack: Platform) -> dict[str, Callable[..., Any]]:
    faults = slack.faults

    def refuse_connections(times: int = 1) -> None:
        faults.connections_to_refuse = times

    def refuse_blocks(types: list[str]) -> None:
        faults.refused_blocks = frozenset(types)

    def revoke(token: Token) -> None:
        if token not in ("bot", "app"):
            raise ValueError("revoke: token is bot or app")
        faults.revoked.add(token)

    def expire(what: str, next_ones: int = 0) -> None:
        if what not in ("trigger_id", "response_url"):
            raise ValueError("expire: what is trigger_id or response_url")
        slack.tickets.expire(what, next_ones)

    def drop_sockets(reason: Reason | None = None) -> Any:
        if reason is None:
            slack.sockets.drop()
            return None
        if reason not in ("warning", "refresh_requested"):
            raise ValueError("drop_sockets: reason is warning or refresh_requested, or absent for a broken network")
        return slack.sockets.ask_to_leave(reason)

    return {
        "rate_limit": faults.rate_limit,
        "fail": faults.fail,
        "slow": faults.slow,
        "deliver_twice": faults.deliver_twice,
        "refuse_connections": refuse_connections,
        "refuse_blocks": refuse_blocks,
        "revoke": revoke,
        "expire": expire,
        "drop_sockets": drop_sockets,
        "reset": faults.reset,
    }

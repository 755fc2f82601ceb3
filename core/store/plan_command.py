"""The `plan` command: a load and prices in, a table out. Prices are options, because they differ and change."""

import argparse
from collections.abc import Callable, Iterable

from core.store.planning import Load, Plan, plan

MONTH_S = 730 * 3600


def add_options(parser: argparse.ArgumentParser) -> None:
    """The load, as in `planning.Load`, and the prices."""
    parser.add_argument("--interactions-per-second", type=_number(0.0), default=100.0)
    parser.add_argument("--events", type=_number(1.0), default=6, help="events that bring an item, each interaction")
    parser.add_argument("--item-bytes", type=_number(0.0), default=2000)
    parser.add_argument("--follow-up-rate", type=_number(0.0, 1.0), default=0.1, help="0 to 1")
    parser.add_argument("--ttl-seconds", type=_number(1.0), default=300)
    prices = parser.add_argument_group("prices, in any currency; without them no cost is told")
    prices.add_argument("--price-per-million-writes", type=_number(0.0))
    prices.add_argument("--price-per-million-reads", type=_number(0.0))
    prices.add_argument("--price-per-gb-month", type=_number(0.0))


def plan_lines(options: argparse.Namespace) -> Iterable[str]:
    """A head and a line for each design."""
    load = Load(
        options.interactions_per_second,
        int(options.events),
        int(options.item_bytes),
        options.follow_up_rate,
        int(options.ttl_seconds),
    )
    yield f"{'':<22}{'write units/s':>15}{'read units/s':>15}{'stored MB':>12}{'partitions':>12}{'cost/month':>14}"
    for design in plan(load):
        yield (
            f"{design.design:<22}{design.write_units:>15,.0f}{design.read_units:>15,.0f}"
            f"{design.stored_bytes / 1e6:>12,.0f}{design.partitions:>12,}{_cost(design, options):>14}"
        )


def _cost(design: Plan, options: argparse.Namespace) -> str:
    prices = (options.price_per_million_writes, options.price_per_million_reads, options.price_per_gb_month)
    if None in prices:
        return "-"
    write, read, gigabyte = prices
    units = (design.write_units * write + design.read_units * read) / 1e6 * MONTH_S
    return f"{units + design.stored_bytes / 1e9 * gigabyte:,.0f}"


def _number(low: float, high: float = 1e12) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}")
        return value

    return number

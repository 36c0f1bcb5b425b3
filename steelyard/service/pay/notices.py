"""What should be said of a whole payroll: credits that pay nobody, claims in conflict. Pure."""

from collections.abc import Collection, Iterable, Mapping

from steelyard.service.pay.commission import Books
from steelyard.service.pay.metrics import Id, Month
from steelyard.service.pay.money import Words
from steelyard.service.pay.register import Fault, Record
from steelyard.service.pay.tables import Entry, StaffRow

MOST = 5
"""How many ids a notice names."""

FAULTS: Mapping[Fault, Words] = {
    "no_order": Words("登记的订单不在数据中", "the events have no such order"),
    "no_agent": Words("登记的客服不在名单中", "the agent is not in agents"),
    "no_session": Words("作为凭证的会话不在数据中", "the events have no such session"),
    "other_buyer": Words("作为凭证的会话不属于该订单的店铺和买家", "the session is of another shop or buyer"),
}


def of_books(books: Books, agents: Mapping[str, Id]) -> list[Words]:
    """Sales that are credited to people who are not in `agents`, and those nobody can credit."""
    found = []
    strange = [str(agent) for agent in books.of_agents if str(agent) not in agents]
    if strange:
        listed = _listed(strange)
        found.append(
            Words(
                f"有订单归属于不在客服名单中的人（{listed}）：无人获得提成，也不计入均摊。",
                f"sales are credited to people who are not in agents ({listed}): nobody is paid for them",
            )
        )
    if books.undecided:
        found.append(
            Words(
                f"数据中没有聊天记录，{books.undecided} 个订单无法判断归属，不计提成也不均摊。",
                f"the events hold no messages: nobody can tell whose sales {books.undecided} orders are",
            )
        )
    return found


def of_register(found: Iterable[Record], orders: Collection[Id]) -> list[Words]:
    """Conflicts that wait for a decision, and faults of claims on these orders or on orders that do not exist."""
    notices = []
    for record in found:
        if record.rivals and any(each.standing in {"open", "in_conflict"} for each in record.claims):
            who = ", ".join(record.rivals)
            notices.append(
                Words(
                    f"订单 {record.order} 有多名客服登记（{who}），请主管审核。",
                    f"order {record.order} is claimed by several agents ({who}): a lead should decide",
                )
            )
        if record.order_id is not None and record.order_id not in orders:
            continue
        for claim, fault in record.faults:
            said = FAULTS[fault]
            notices.append(Words(f"销售登记 {claim}：{said.zh}。", f"claim {claim}: {said.en}"))
    return notices


def of_office(
    entries: Iterable[Entry], staff: Iterable[StaffRow], month: Month, agents: Mapping[str, Id]
) -> list[Words]:
    """Rows of the office's files that name nobody in `agents`: they touch no statement."""
    found = [Words(f"手工录入 {each.entry_id}", f"entry {each.entry_id}") for each in entries
             if each.month == str(month) and each.agent_id not in agents]  # fmt: skip
    found += [Words(f"人员表中的 {each.agent_id}", f"{each.agent_id} of the staff list") for each in staff
              if each.agent_id not in agents]  # fmt: skip
    return [Words(f"{who.zh}：客服不在名单中，未使用。", f"{who.en} is not in agents and is not used") for who in found]


def of_plan(month: Month) -> Words:
    """A month that was paid by other rules than those that correct it now."""
    return Words(
        f"{month} 已按另一内容的方案发放，本次更正按现在的方案文件计算。",
        f"{month} was paid by other rules than the plan file says now; corrections follow the file",
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:MOST]) + (" …" if len(names) > MOST else "")

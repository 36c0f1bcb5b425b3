"""The event contract as one typed definition.

Importers write it, the check enforces it, every fact reads it, and the reference page `docs/events.md` is
generated from it. Columns may be added here; none is renamed or given another meaning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import ibis
import ibis.expr.datatypes as dt

Kind = Literal["id", "text", "time", "date", "integer", "number", "flag"]
IdType = Literal["string", "int64"]

ARRIVED_AT = "arrived_at"
"""When a row first reached the folder: an optional column of every table."""


@dataclass(frozen=True)
class Column:
    """One column: `required` ones are never NULL; `values` or `bounds` limit what may stand in it."""

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    note: str = ""

    def dtype(self, id_type: IdType) -> dt.DataType:
        """The Ibis type this column has in a folder whose ids are of `id_type`."""
        types = {"text": "string", "time": "timestamp", "date": "date", "integer": "int64",
                 "number": "float64", "flag": "boolean"}  # fmt: skip
        return dt.dtype(id_type if self.kind == "id" else types[self.kind])


@dataclass(frozen=True)
class Table:
    """One table of the events folder.

    `key` may be empty (messages, presence, exclusions); `own_time` dates a row's existence and is empty for
    reference tables, which are always known.
    """

    name: str
    title: str
    key: tuple[str, ...]
    own_time: str
    declared: tuple[Column, ...]
    required: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The declared columns and `arrived_at`."""
        return (*self.declared, Column(ARRIVED_AT, "time", note="first reached the folder; NULL = own time"))

    @property
    def references(self) -> dict[str, str]:
        """Required columns that must point at a row of another table: column name to that table's name."""
        names = (column.name for column in self.declared if column.required)
        return {name: REFERENCES[name] for name in names if REFERENCES.get(name, self.name) != self.name}

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        return next(column for column in self.columns if column.name == name)

    def schema(self, id_type: IdType) -> ibis.Schema:
        """All columns in order, as an Ibis schema."""
        return ibis.schema({column.name: column.dtype(id_type) for column in self.columns})


def _kind(name: str) -> Kind:
    if name.endswith("_id"):
        return "id"
    if name.endswith("_at"):
        return "time"
    if name.endswith("_on"):
        return "date"
    return "text"


def _columns(text: str, **special: Column) -> tuple[Column, ...]:
    """Columns from a line of names: `!` marks required ones, suffixes tell kinds, `special` overrides."""
    columns = []
    for word in text.split():
        name = word.rstrip("!")
        column = special.get(name, Column("", _kind(name)))
        columns.append(replace(column, name=name, required=word.endswith("!")))
    return tuple(columns)


def _one_of(*values: str, note: str = "") -> Column:
    return Column("", "text", values=values, note=note)


def _whole(low: int, high: int, note: str = "") -> Column:
    return Column("", "integer", bounds=(low, high), note=note)


def _a(kind: Kind, note: str = "") -> Column:
    return Column("", kind, note=note)


REFERENCES = {
    "shop_id": "shops", "product_id": "products", "order_id": "orders", "session_id": "sessions",
    "agent_id": "agents", "scenario": "scenarios",
}  # fmt: skip
"""Required columns of these names point into that table; `buyer_id` does not: `buyers` lists flags only."""

_STARS = _whole(1, 5)
_COUNT = _a("integer")

_TABLES = (
    Table("shops", "the shops that are judged", ("shop_id",), "", _columns(
        "shop_id! name platform category shop_type level cooperation_mode own_aftersales opened_on province",
        category=_a("text", "main category, the default peer group"),
        shop_type=_one_of("flagship", "official_flagship", "exclusive", "enterprise", "individual"),
        cooperation_mode=_one_of("FBP", "SOP", "SOPL", "LBP"), own_aftersales=_a("flag"),
    ), required=True),
    Table("products", "the goods of a shop", ("product_id",), "", _columns(
        "product_id! shop_id! category title kind return_class listed_on delisted_on",
        kind=_one_of("standard", "bundle", "lucky_bag", "virtual", note="组套 is bundle, 福袋 lucky_bag"),
        return_class=_a("text", "code for return rights"),
    )),
    Table("listing_checks", "one row per product and day on the shelf", ("product_id", "checked_on"),
          "checked_on", _columns(
        "product_id! shop_id! checked_on! image_passed attributes_passed image_faults attribute_faults",
        image_passed=_a("flag", "画风; NULL = not checked that day"),
        attributes_passed=_a("flag", "导购信息; NULL = not checked that day"),
        image_faults=_a("text", "codes separated by commas"),
        attribute_faults=_a("text", "codes separated by commas"),
    )),
    Table("orders", "one row per order and shop", ("order_id",), "paid_at", _columns(
        "order_id! shop_id! buyer_id product_id quantity amount placed_at paid_at! grouped_at"
        " promised_ship_at shipped_at collected_at promised_delivery_at delivered_at completed_at"
        " cancelled_at presale carrier origin_province destination_province distance_km agent_id",
        quantity=_COUNT, amount=_a("number", "paid"), grouped_at=_a("time", "成团"),
        promised_ship_at=_a("time", "预计发货"), collected_at=_a("time", "揽收"),
        delivered_at=_a("time", "签收, from the logistics trace"), completed_at=_a("time", "确认收货"),
        presale=_a("flag"), distance_km=_a("number"), agent_id=_a("id", "the agent credited with the sale"),
    ), required=True),
    Table("reviews", "reviews of an order; several per order are possible", ("review_id",),
          "created_at", _columns(
        "review_id! order_id! shop_id! buyer_id created_at! stars goods_stars description_stars service_stars"
        " logistics_stars returns_stars follow_up by_default removed_at removal text media_count reply"
        " replied_at",
        stars=_STARS, goods_stars=_STARS, description_stars=_STARS, service_stars=_STARS,
        logistics_stars=_STARS, returns_stars=_STARS, follow_up=_a("flag", "追评"),
        by_default=_a("flag", "default review"), removal=_one_of("malicious", "false", "other"),
        media_count=_COUNT,
    )),
    Table("feedback", "用户负反馈 tags a buyer puts on an order", ("feedback_id",), "created_at", _columns(
        "feedback_id! order_id! shop_id! created_at! kind!",
        kind=_one_of("false_advertising", "not_as_described", "would_not_recommend", "slow_shipping",
                     "wrong_goods", "missing_goods", "empty_parcel", "lost_parcel", "not_to_door", "other"),
    )),
    Table("after_sales", "售后单 / 服务单", ("case_id",), "applied_at", _columns(
        "case_id! order_id! shop_id! buyer_id agent_id kind! reason reason_class scenario applied_at!"
        " reviewed_at review_result last_reviewed_at pending_at handled_at awaiting_customer_at"
        " return_delivered_at completed_at outcome refund_amount platform_intervened_at liability"
        " satisfaction review_changed",
        kind=_one_of("refund_only", "return_refund", "exchange", "repair", "resend"),
        reason=_a("text", "free code"),
        reason_class=_one_of("goods_quality", "logistics", "other"),
        reviewed_at=_a("time", "first review"), pending_at=_a("time", "entered 待处理"),
        handled_at=_a("time", "first handling result"),
        awaiting_customer_at=_a("time", "moved to 待客户反馈"),
        return_delivered_at=_a("time", "return parcel signed for"),
        outcome=_one_of("refunded", "exchanged", "repaired", "resent", "rejected", "cancelled"),
        refund_amount=_a("number"), liability=_one_of("merchant", "buyer", "both", "carrier", "none"),
        satisfaction=_whole(1, 5, "5 非常满意 .. 1 非常不满意"),
        review_changed=_a("flag", "a bad review was changed after it (改评)"),
    )),
    Table("complaints", "complaints to the platform or a regulator", ("complaint_id",),
          "created_at", _columns(
        "complaint_id! order_id shop_id! agent_id buyer_id created_at! channel about scenario upheld"
        " decided_at",
        channel=_one_of("platform", "regulator"), about=_one_of("shop", "agent", note="NULL = shop"),
        upheld=_a("flag", "NULL while open"),
    )),
    Table("platform_contacts", "求助平台: the buyer turned to the platform", ("contact_id",),
          "created_at", _columns(
        "contact_id! order_id shop_id! buyer_id created_at! channel! scenario",
        channel=_one_of("online", "hotline", "intervention", "complaint"),
        scenario=_a("text", "code, see scenarios"),
    )),
    Table("work_orders", "商家工单", ("work_order_id",), "created_at", _columns(
        "work_order_id! shop_id! order_id created_at! due_at closed_at closed_by",
        closed_by=_one_of("merchant", "system", "overdue"),
    )),
    Table("sessions", "客服会话", ("session_id",), "started_at", _columns(
        "session_id! shop_id! buyer_id! agent_id order_id started_at! ended_at handled_by phase scenario"
        " rating rating_source rated_at survey",
        handled_by=_one_of("human", "bot"), phase=_one_of("presale", "aftersale"),
        scenario=_a("text", "code, see scenarios"), rating=_STARS,
        rating_source=_one_of("invited", "voluntary"),
        survey=_whole(1, 3, "1 very satisfied, 2 fairly, 3 not"),
    )),
    Table("messages", "messages of a session", (), "sent_at", _columns(
        "session_id! shop_id! buyer_id! agent_id sent_at! sender! auto substantive",
        sender=_one_of("buyer", "agent", "bot", "system"), auto=_a("flag", "an agent's automatic reply"),
        substantive=_a("flag", "an answer in substance"),
    )),
    Table("service_requests", "what the platform asks of a seller", ("request_id",), "sent_at", _columns(
        "request_id! shop_id! case_id channel! sent_at! opinion replied_at executed_at",
        channel=_one_of("mail", "ticket"),
    )),
    Table("placements", "goods in an activity or resource slot", ("product_id", "activity", "from_on"),
          "", _columns(
        "product_id! shop_id! activity! from_on! to_on",
    )),
    Table("buyers", "flags on buyers, by period", ("buyer_id", "from_at"), "", _columns(
        "buyer_id! risk from_at to_at", risk=_one_of("normal", "high", "malicious"),
    )),
    Table("scenarios", "what a contact was about", ("scenario",), "", _columns(
        "scenario! module routine",
        module=_one_of("goods", "shipping", "logistics", "basic_service"),
        routine=_a("flag", "an ordinary enquiry (how to install, when will it ship): never a call for help"),
    )),
    Table("agents", "customer-service agents", ("agent_id",), "", _columns(
        "agent_id! shop_id! name role joined_on", role=_one_of("presale", "aftersale"),
    )),
    Table("presence", "when an agent was online", (), "from_at", _columns(
        "agent_id! shop_id! state! from_at! to_at!", state=_one_of("online", "suspended"),
    )),
    Table("quality_checks", "抽检 / 质检", ("check_id",), "checked_at", _columns(
        "check_id! shop_id! agent_id session_id item! passed score checked_at!",
        passed=_a("flag"), score=Column("", "number", bounds=(0, 10)),
    )),
    Table("exclusions", "rows that must not count", (), "decided_at", _columns(
        "table! row_id! indicator reason! source decided_at! revoked_at",
        indicator=_a("text", "NULL = every indicator"),
        reason=_one_of("malicious_buyer", "fake_trade", "fake_review", "force_majeure", "reported_exemption",
                       "appeal_upheld", "report_upheld", "other"),
    )),
)  # fmt: skip

CONTRACT: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every table of the events folder by name."""


def tables() -> Iterator[Table]:
    """Every table, in the order of the contract."""
    return iter(_TABLES)

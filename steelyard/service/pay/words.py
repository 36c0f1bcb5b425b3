"""What statements say, in Chinese and English."""

from collections.abc import Mapping

from steelyard.service.pay.money import Words
from steelyard.service.pay.statement import Section

TITLES: Mapping[str, Words] = {
    "base_wage": Words("底薪", "base wage"),
    "base_bonus": Words("基础奖金", "base bonus"),
    "conversion_rate_bonus": Words("转化率加权奖金", "bonus weighted by conversion"),
    "average_order_value_bonus": Words("客单价加权奖金", "bonus weighted by order value"),
    "entered": Words("手工录入的灵活绩效", "flexible pay entered by hand"),
    "own_sales": Words("个人销售提成", "commission on own sales"),
    "own_returns": Words("个人退货扣款", "deduction for own returns"),
    "unassisted": Words("无人接待订单均摊", "share of sales nobody assisted"),
    "floor": Words("补足最低工资", "made up to the floor"),
}
"""Titles of lines; those of a plan's own tables are its own."""

SECTION_TITLES: Mapping[Section, Words] = {
    "base": Words("底薪", "base wage"),
    "basic_performance": Words("基础绩效", "basic performance pay"),
    "flexible_performance": Words("灵活绩效", "flexible performance pay"),
    "commission": Words("提成与退货", "commission and returns"),
    "floor": Words("最低工资补足", "made up to the floor"),
}

NOTES: Mapping[str, Words] = {
    "no_data": Words(
        "没有数据可以计算该指标，此项按 0 计，不代表表现为零。",
        "Nothing measures this: the line pays 0, which says nothing of the agent's work.",
    ),
    "no_value": Words(
        "本月没有可以计入的记录，此项按 0 计。",
        "The month has nothing to measure the agent by: the line pays 0.",
    ),
    "team_zero": Words(
        "团队平均值为 0，无法比较，此项按 0 计。",
        "The team's value is 0, so nothing can be compared with it: the line pays 0.",
    ),
    "too_few": Words(
        "样本数低于方案要求的最低数量，此项按 0 计。",
        "There are fewer cases than the plan asks for: the line pays 0.",
    ),
    "no_step": Words("未达到任何一档，此项按 0 计。", "No step is reached: the line pays 0."),
    "no_sales": Words(
        "本月没有归属该客服的订单，提成为 0。",
        "No order of the month is credited to this agent: the commission is 0.",
    ),
    "no_cases": Words(
        "数据中没有售后单，无法扣减退货，此项按 0 计。",
        "The events hold no after-sales cases, so no return can be taken off: the line is 0.",
    ),
    "no_amount": Words(
        "部分订单没有金额，按 0 计，已在明细中列出。",
        "Some orders have no amount; they count as 0 and are listed with the rows.",
    ),
    "reversed": Words(
        "以前月份的订单在本月取消，其销售额在本月冲减。",
        "Orders of earlier months were cancelled in this one: their sales are taken back here.",
    ),
    "undecided": Words(
        "数据中没有聊天记录，无法判断哪些订单无人接待，此项按 0 计。",
        "The events hold no messages, so nobody can tell which sales were unassisted: the line is 0.",
    ),
    "pool_negative": Words(
        "本月无人接待订单的退货多于销售，差额由大家均摊扣回。",
        "Returns of unassisted sales exceed such sales this month: the difference is shared as a deduction.",
    ),
    "pool_remainder": Words(
        "均摊除不尽，余下的分按最大余数分配，余数相同时按客服编号先后。",
        "The pool does not divide evenly: what is left goes to the largest remainders, then the lowest ids.",
    ),
    "part_month": Words("本月在职不足整月，按在职天数折算。", "Part of a month is paid by the days employed."),
    "not_employed": Words("本月不在职，月标准折算为 0。", "Not employed in this month: the monthly amount comes to 0."),
    "region_unknown": Words(
        "地区未填写或不在方案中，按方案的默认标准计算。",
        "The region is not given or not in the plan: the plan's other amount applies.",
    ),
    "floor_reached": Words(
        "各项合计低于最低工资，补足至最低工资；补足部分以后不再扣回。",
        "The lines come to less than the floor and are made up to it; the difference is not taken back later.",
    ),
    "carried_over": Words(
        "扣减更正后将低于最低工资，超出部分顺延至下月扣减。",
        "The corrections would take the pay below the floor: the rest is put off to the next month.",
    ),
    "brought_forward": Words("上月顺延的扣减在本月执行。", "What the month before put off is taken off here."),
    "corrections_only": Words(
        "该客服本月没有应结算的项目，本单只含以前月份的更正。",
        "Nothing of this month belongs to the agent: the statement holds corrections of earlier months only.",
    ),
    "role_unknown": Words(
        "岗位未填写：只适用于售前或售后的项目均未计算。",
        "The role is not given: what the plan pays by role is not counted.",
    ),
}
"""What a line or a statement says about itself."""

HEADS: Mapping[str, Words] = {
    "month": Words("月份", "month"),
    "agent_id": Words("客服编号", "agent id"),
    "name": Words("姓名", "name"),
    "shop_id": Words("店铺编号", "shop id"),
    "base": Words("底薪", "base wage"),
    "basic_performance": Words("基础绩效", "basic performance"),
    "flexible_performance": Words("灵活绩效", "flexible performance"),
    "commission": Words("提成与退货", "commission"),
    "floor": Words("补足", "made up"),
    "earned": Words("本月应发", "earned"),
    "corrections": Words("更正", "corrections"),
    "brought_forward": Words("上月顺延", "brought forward"),
    "carried_over": Words("顺延下月", "carried over"),
    "payout": Words("实发", "payout"),
    "notes": Words("说明", "notes"),
    "line": Words("项目", "line"),
    "section": Words("类别", "section"),
    "amount": Words("金额", "amount"),
    "formula": Words("公式", "formula"),
    "numbers": Words("代入数值", "with numbers"),
    "inputs": Words("输入", "inputs"),
    "table": Words("来源表", "table"),
    "row_id": Words("行编号", "row id"),
    "value": Words("数值", "value"),
    "credit": Words("归属依据", "credited by"),
    "session_id": Words("会话编号", "session id"),
    "message_at": Words("消息时间", "message at"),
    "of_month": Words("更正月份", "month corrected"),
    "before": Words("原金额", "before"),
    "now": Words("现金额", "now"),
    "delta": Words("差额", "delta"),
    "changed": Words("变化的明细", "rows changed"),
    "requirement": Words("基本要求", "requirement"),
    "bound": Words("标准", "bound"),
    "state": Words("结果", "result"),
    "order_id": Words("订单编号", "order id"),
    "claim_id": Words("登记编号", "claim id"),
    "standing": Words("状态", "standing"),
    "rivals": Words("其他登记人", "rivals"),
    "chat": Words("聊天凭证", "chat"),
    "decided_by": Words("审核人", "decided by"),
    "decided_at": Words("审核时间", "decided at"),
    "faults": Words("疑点", "faults"),
    "returns": Words("退货单", "returns"),
    "complaints": Words("投诉", "complaints"),
    "total": Words("合计", "total"),
    "performance": Words("绩效工资", "performance pay"),
}
"""Headings of tables and sheets."""

STATES: Mapping[str, Words] = {
    "met": Words("达标", "met"),
    "not_met": Words("未达标", "not met"),
    "no_data": Words("无数据", "no data"),
}
SHEETS: Mapping[str, Words] = {
    "summary": Words("汇总", "Summary"),
    "lines": Words("明细", "Lines"),
    "rows": Words("依据", "Rows"),
    "corrections": Words("更正", "Corrections"),
    "requirements": Words("基本要求", "Requirements"),
}


def said(words: Words, lang: str) -> str:
    """A text in one language, `zh` or `en`."""
    return words.zh if lang == "zh" else words.en
